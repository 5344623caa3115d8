// cache.mjs - the cache folder of recompiled files (docs/abi.md) and the recompiler that fills it, as a part of Node's platform.

import { createRequire } from 'node:module';
import fs from 'node:fs';
import { MachineCode } from './machinecode.mjs';
import { isWhole } from './sum.mjs';

const require = createRequire(import.meta.url);
const KEEP_AFTER = 400000;                      // microseconds of CPU time
const LARGEST_MB = 12;                           // of code in a file that is recompiled in a run: each takes 10 seconds of CPU time and 200 MB
const latin1 = (s) => Buffer.from(s, 'latin1');

// With its parents. Node's own `recursive` never ends where a file system refuses new folders with ENOENT, as /proc does.
function makeFolder(path) {
	if (fs.existsSync(path))
		return;
	const parent = path.slice(0, path.lastIndexOf('/'));
	if (parent)
		makeFolder(parent);
	try {
		fs.mkdirSync(path);
	} catch (e) {
		if (e.code !== 'EEXIST')
			throw e;
	}
}

export class Cache {
	constructor(config) {
		this.config = config;
		const dir = config.get('cache');
		this.cache = dir === undefined ? undefined : latin1(dir).toString();
		this.machineCode = new MachineCode((path, bytes, mode) => this.write(path, bytes, mode));
	}

	// Is the file of that path (a Buffer or null) one of those that --precise-faults names? Files without a path only count when all do.
	isPrecise(path) {
		const names = this.config.get('precise');
		if (names === undefined || names === '*')
			return names === '*';
		const file = path ? path.toString('latin1').replace(/.*\//, '') : '';
		const pattern = (n) => new RegExp('^' + n.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.') + '$');
		return Boolean(path) && names.split(',').some((n) => pattern(n).test(file));
	}

	options(path, exact = false) {
		return [this.config.get('options'), this.isPrecise(path) && 'precise', exact && 'exact'].filter(Boolean).join(' ');
	}

	// The key of the functions with exact floats of a file with that key; null if the file at the path has become another.
	exactKey({ key, name, bytes }) {
		try {
			const now = bytes ?? fs.readFileSync(name);
			return this.cacheKey(now, name) === key ? this.cacheKey(now, name, true) : null;
		} catch {
			return null;
		}
	}

	cacheKey(bytes, path = null, exact = false) {
		return require('node:crypto').createHash('sha256').update(latin1(this.config.get('version') || '')).update('\0')
			.update(latin1(this.options(path, exact))).update('\0').update(bytes).digest('hex');
	}

	// The key of a host file whose bigint stat is s, remembered by what changes whenever its bytes do.
	fileKey(name, s) {
		const memo = `${this.cache}/known/${s.dev}-${s.ino}`;
		const what = `${s.size} ${s.mtimeNs} ${s.ctimeNs} ${this.config.get('version')} ${this.options(name)} `;
		try {
			const text = fs.readFileSync(memo, 'latin1');
			if (text.startsWith(what) && /^[0-9a-f]{64}$/.test(text.slice(what.length)))
				return text.slice(what.length);
		} catch {
			// not known yet
		}
		const key = this.cacheKey(fs.readFileSync(name), name);
		this.write(memo, what + key);
		return key;
	}

	// a small file of the cache, whole or not at all; without it things only take longer
	write(path, bytes, mode = 0o666) {
		const temp = `${path}.${process.pid}`;
		try {
			makeFolder(path.slice(0, path.lastIndexOf('/')));
			fs.writeFileSync(temp, bytes, { mode });
			fs.renameSync(temp, path);
		} catch {
			try {
				fs.unlinkSync(temp);
			} catch {
				// it was not even made
			}
		}
	}

	// null if it is not there, damaged, or no module: whoever asked has it made anew
	loadModule(key, name) {
		if (this.cache === undefined)
			return null;
		try {
			const wasm = `${this.cache}/${key}/${name}`;
			return this.machineCode.load(wasm, `${wasm}.machine`, isWhole);
		} catch {
			return null;
		}
	}

	// The engine's or the kernel's module, from that file.
	loadOwn(wasm) {
		return this.cache === undefined ? new WebAssembly.Module(fs.readFileSync(wasm)) :
			this.machineCode.load(wasm, `${this.cache}/known/${wasm.slice(wasm.lastIndexOf('/') + 1)}.machine`);
	}

	// At the end of a run: what V8 has optimised, if the run was long enough for that to be worth keeping.
	keepMachineCode(machine) {
		if (this.cache === undefined || this.mine || this.config.get('cache-temp') || process.cpuUsage().user < KEEP_AFTER)
			return;
		this.machineCode.keep(() => machine.anchors());
	}

	// Why the folder cannot be written to, undefined if it can.
	refusal() {
		try {
			makeFolder(this.cache);
			fs.accessSync(this.cache, fs.constants.W_OK);
			return undefined;
		} catch (e) {
			return e.code;
		}
	}

	// From now on a folder of this run alone, which the main thread removes.
	temporary(why) {
		this.warn(`the cache folder ${this.cache} cannot be written to (${why}): what is recompiled now is not kept`);
		this.cache = fs.mkdtempSync(`${require('node:os').tmpdir()}/elfport-`);
		this.mine = true;
		this.forget(this.cache);
	}

	// Recompiles the file at path, or these bytes, in place of what the cache has for it; false if that failed.
	recompile(key, bytes, path, exact = false) {
		const recompiler = this.config.get('recompiler');
		if (!recompiler || this.cache === undefined)
			return false;
		const why = this.mine ? undefined : this.refusal();
		if (why)
			this.temporary(why);
		let temp = null;
		if (!path) {
			temp = `${require('node:os').tmpdir()}/elfport-${process.pid}-${require('node:crypto').randomBytes(6).toString('hex')}`;
			fs.writeFileSync(temp, bytes, { mode: 0o600, flag: 'wx' });
		}
		const options = [this.isPrecise(path) && '--precise-faults', exact && '--exact-floats'].filter(Boolean);
		let r = this.compile(recompiler, key, temp || path.toString(), options);
		if (r.status !== 0 && !this.mine && /No space left|quota exceeded/.test(r.stderr)) {
			this.temporary('ENOSPC');
			r = this.compile(recompiler, key, temp || path.toString(), options);
		}
		if (temp)
			fs.rmSync(temp, { force: true });
		if (r.stderr)
			this.log(Buffer.from(r.stderr));
		if (r.status === null)
			this.warn(`the recompiler was ended (${r.signal ?? r.error.code}): ${path ?? 'a file without a name'} is interpreted, which is slow`);
		return r.status === 0;
	}

	compile(recompiler, key, path, options) {
		fs.rmSync(`${this.cache}/${key}`, { recursive: true, force: true });
		const args = ['compile', '--with-parent', `--largest=${LARGEST_MB}`, '--progress=3', '--cache', this.cache,
			...this.config.all('option').map((o) => latin1(o).toString()), ...options, path];
		const screen = this.config.all('tty').includes('2') && this.atLineStart ? 2 : 'ignore';     // a line that is taken back
		return require('node:child_process').spawnSync(latin1(recompiler).toString(), args, { stdio: ['ignore', 'ignore', 'pipe', screen], encoding: 'utf8' });
	}
}
