// machinecode.mjs - V8's optimised machine code of wasm modules, kept beside them in the cache folder (docs/abi.md): what was hot in one run is
// fast from the first call of the next. V8 offers this to JavaScript as its intrinsics %SerializeWasmModule and %DeserializeWasmModule only, which
// every V8 so far has; where one is missing or refuses, the module is compiled as if there were no file.

import fs from 'node:fs';
import v8 from 'node:v8';
import { sum } from './sum.mjs';

const MAGIC = 'elfport machine code 2';
const HEADER = 256;                             // bytes; the text, then zeros
const GROWTH = 1.03;                            // a file is only written again for at least so much more
const LOOK = 20;                                // ms
const BUSY = 0.5;                               // of a processor
const PATIENCE = 5000;                          // ms

function intrinsic(name, ...parameters) {
	try {
		return new Function(...parameters, `return %${name}(${parameters})`);
	} catch {
		return null;                            // this V8 has none of that name, or wants other arguments
	}
}

export class MachineCode {
	// write(path, bytes, mode) writes a file whole or not at all
	constructor(write) {
		this.write = write;
		this.modules = [];                      // { module, path, identity, size }: what was compiled or loaded here
		v8.setFlagsFromString('--allow-natives-syntax');
		this.serialize = intrinsic('SerializeWasmModule', 'module');
		this.deserialize = intrinsic('DeserializeWasmModule', 'bytes', 'wasm');
		this.optimise = intrinsic('WasmTierUpFunction', 'f');
		this.optimised = intrinsic('IsTurboFanFunction', 'f');
	}

	// The WebAssembly.Module of the file `wasm`, with what the file `path` keeps of its machine code; null if sound(bytes) is not true.
	load(wasm, path, sound = () => true) {
		const fd = fs.openSync(wasm, 'r');
		let s, bytes;
		try {
			s = fs.fstatSync(fd, { bigint: true });
			bytes = fs.readFileSync(fd);
		} finally {
			fs.closeSync(fd);
		}
		if (!sound(bytes))
			return null;
		const identity = `${MAGIC} ${process.arch} ${process.versions.v8} ${s.dev} ${s.ino} ${s.size} ${s.mtimeNs}`;
		const kept = this.usable ? this.read(path, identity) : null;
		const found = kept && this.deserialize(kept.buffer, bytes);
		const module = found || new WebAssembly.Module(bytes);
		if (this.usable)
			this.modules.push({ module, path, identity, size: found ? kept.length : 0 });
		return module;
	}

	get usable() {
		return this.serialize && this.deserialize && this.optimise && this.optimised;
	}

	// What the file holds of that module; null if it has none, is damaged, or could have been written by somebody else: it runs unchecked.
	read(path, identity) {
		let fd = -1;
		try {
			fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
			const s = fs.fstatSync(fd), header = Buffer.alloc(HEADER);
			if (s.uid !== process.geteuid() || s.mode & 0o22 || fs.readSync(fd, header) !== HEADER)
				return null;
			const text = header.toString('latin1').replace(/\0.*$/s, '');
			if (!text.startsWith(`${identity} `))
				return null;
			const bytes = new Uint8Array(s.size - HEADER);
			return fs.readSync(fd, bytes) === bytes.length && text === `${identity} ${sum(bytes)}` ? bytes : null;
		} catch {
			return null;
		} finally {
			if (fd >= 0)
				fs.closeSync(fd);
		}
	}

	// Until V8's compilers have nothing more to do, but no longer than the program ran: what they are at, an interpreter's loop takes seconds, would
	// otherwise be lost, and the next run as slow as this one. The process could not end before them anyway. Nothing else runs by now.
	settle() {
		const never = new Int32Array(new SharedArrayBuffer(4)), end = performance.now() + Math.min(PATIENCE, performance.now());
		while (performance.now() < end) {
			const before = process.cpuUsage();
			Atomics.wait(never, 0, 0, LOOK);
			const { user, system } = process.cpuUsage(before);
			if (user + system < BUSY * LOOK * 1000)
				return;
		}
	}

	// Writes what V8 has optimised so far. It aborts when it shall serialize a module of which nothing is optimised, so where nothing came from a file
	// its anchor is optimised first. findAnchors(): Map from modules to one of their functions.
	keep(findAnchors) {
		let anchors = null;
		this.settle();
		for (const m of this.modules) {
			if (m.size === 0) {
				anchors ??= findAnchors();
				const anchor = anchors.get(m.module);
				if (anchor)
					this.optimise(anchor);
				if (!anchor || !this.optimised(anchor))
					continue;
			}
			const bytes = new Uint8Array(this.serialize(m.module));
			if (bytes.length > m.size * GROWTH) {
				const header = Buffer.alloc(HEADER);
				header.write(`${m.identity} ${sum(bytes)}`, 'latin1');
				this.write(m.path, Buffer.concat([header, bytes]), 0o600);
				m.size = bytes.length;
			}
		}
	}
}
