// code.js - recompiled files: from an ELF file's bytes to modules, through the cache folder and the recompiler, or by hash to what the site has.

const ENOENT = 2, EAGAIN = 11;
const MAP_MAGIC = 0x706d6665;

class Code {
	constructor(id, module, loadResume) {
		this.id = id;
		this.module = module;
		this.loadResume = loadResume;
		this.source = null;                     // { key, name, bytes } of what was recompiled here
		this.exactId = undefined;               // of the same file's functions with exact floats; -ENOENT: there will be none
		this.resumeModule = undefined;
		const section = WebAssembly.Module.customSections(module, 'elfport.map')[0];
		const map = new DataView(section || new ArrayBuffer(20));
		if (map.getUint32(0, true) !== MAP_MAGIC)
			throw new WebAssembly.CompileError('elfport.map: wrong magic');
		this.nfunc = map.getUint32(4, true);
		this.nresume = map.getUint32(8, true);
		this.slots = map.getUint32(12, true);
		this.resumeSlots = map.getUint32(16, true);
		this.entries = new Uint8Array(map.buffer, 20, 8 * (this.nfunc + this.nresume));
	}

	// compiled when first needed; null if the file has none, undefined while it is being fetched
	resume() {
		if (this.resumeModule === undefined)
			this.resumeModule = this.loadResume();
		return this.resumeModule;
	}
}

export class CodeStore {
	constructor(host) {
		this.host = host;
		this.codes = [null];
		this.ids = new Map();                   // key -> id, or -ENOENT
		this.files = new Map();                 // identity of a host file -> id
	}

	get(id) {
		return this.codes[id];
	}

	all() {
		return this.codes.slice(1);
	}

	findFile(path) {
		const { fs } = this.host.platform;
		try {
			const name = Buffer.from(path), s = fs.statSync(name, { bigint: true });
			const who = `${s.dev}:${s.ino}:${s.size}:${s.mtimeNs}`;
			let id = this.files.get(who);
			if (id === undefined) {
				id = this.find(this.host.platform.fileKey(name, s), name, null);
				this.files.set(who, id);
			}
			return id;
		} catch (e) {
			if (typeof e.errno === 'number')
				return e.errno;
			throw e;
		}
	}

	// by the SHA-256 of the ELF file (hex): -EAGAIN while platform.knownModule() has it fetched
	findHash(hash) {
		let id = this.ids.get(hash);
		if (id === undefined) {
			const module = this.host.platform.knownModule?.(hash);
			if (module === undefined && this.host.platform.knownModule)
				return -EAGAIN;
			id = module ? this.add(module, hash, () => this.host.platform.knownResume(hash)) : -ENOENT;
			this.ids.set(hash, id);
		}
		return id;
	}

	findBytes(bytes) {
		const { platform } = this.host;
		return platform.hash ? this.findHash(platform.hash(bytes)) : this.find(platform.cacheKey(bytes), null, bytes);
	}

	find(key, name, bytes) {
		let id = this.ids.get(key);
		if (id === undefined) {
			id = this.load(key, name, bytes);
			this.ids.set(key, id);
		}
		return id;
	}

	load(key, name, bytes) {
		const { platform } = this.host;
		const code = this.module(key, name) || (platform.recompile(key, bytes, name) && this.module(key, name));
		if (!code)
			return -ENOENT;
		code.source = { key, name, bytes };
		this.codes.push(code);
		return code.id;
	}

	// The functions of code id that obey MXCSR, from the cache, or compiled if that may be.
	exact(id, compile) {
		const { platform } = this.host, code = this.codes[id];
		if (code?.source && platform.exactKey && code.exactId === undefined) {
			const { name, bytes } = code.source, key = platform.exactKey(code.source);
			const exact = key && (this.module(key) || (compile && platform.recompile(key, bytes, name, true) && this.module(key)));
			if (exact)
				this.codes.push(exact);
			if (exact || compile) {
				code.exactId = exact ? exact.id : -ENOENT;
				code.source = null;
			}
		}
		return code?.exactId ?? -ENOENT;
	}

	// from the cache; null if there is nothing, or something that is none of ours
	module(key, name) {
		const { platform } = this.host;
		const module = platform.loadModule(key, 'code.wasm'), load = () => platform.loadModule(key, 'resume.wasm');
		try {
			const code = module && new Code(this.codes.length, module, () => load() || (code.nresume > 0 && name && platform.recompile(key, null, name) && load()) || null);
			return code;
		} catch {
			return null;
		}
	}

	add(module, key, loadResume) {
		const id = this.codes.length;
		try {
			this.codes.push(new Code(id, module, loadResume));
		} catch (e) {
			this.host.platform.warn(`${key}: ${e.message}`);
			return -ENOENT;
		}
		return id;
	}
}
