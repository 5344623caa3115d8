// vm.js - group "vm" of host.def: guest memories, the engine in each, and recompiled code in their tables.
//
// A process here is a memory, a table, an engine instance and the instances of recompiled files. A dead one is kept, instances
// and all, and becomes the next process that wants the same files at the same table slots (docs/abi.md, "Process start").

import { Views } from './views.js';
import { ExitRun } from './boot.js';
import { libcImports } from './libc.js';
import { hex } from './pack.js';

const ENGINE_LO = 0x10000, PERM_ADDR = 0x100000, ENGINE_HI = 0x200000, WASM_PAGE = 65536, MAX_PAGES = 65536;
const TABLE_MIN = 1024;                         // slots below belong to the engine
const POOL_MAX = 8;
const COPY_MUCH = 8192;                          // bytes
const CODEMAP_HEADER = 48;                      // struct codemap, padded to 8
const RESUME_LATER = 2;
const ENOMEM = 12, ENOENT = 2, ENOEXEC = 8;

const i32global = (value) => new WebAssembly.Global({ value: 'i32', mutable: false }, value);

// What a resume copy imports of its code.wasm: exports, and functions by the numbers of their slots, from base on.
const exportsAndSlots = (exports, table, base) => new Proxy(exports, { get: (e, name) => e[name] ?? table.get(base + Number(name)) });

class Process {
	constructor(host, pages) {
		this.host = host;
		this.memory = new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES, shared: true });
		this.views = new Views(this.memory);
		this.table = new WebAssembly.Table({ initial: TABLE_MIN, element: 'anyfunc' });
		this.engine = new WebAssembly.Instance(host.modules.engine, {
			env: libcImports(host.modules.engine, () => this.views,
				{ memory: this.memory, table: this.table, __indirect_function_table: this.table }),
			kernel: host.doors,
		}).exports;
		if (this.engine.call_unknown)
			this.table.set(0, this.engine.call_unknown);
		const config = this.engine.engine_config.value;        // struct engine_config, runtime/engine/engine.h
		this.views.data.setUint32(config, host.config.get('interpret') ? 1 : 0, true);
		this.views.data.setUint32(config + 4, host.config.get('stress') ? 1 : 0, true);
		if (host.platform.window)
			this.views.data.setUint32(config + 8, host.platform.window, true);
		this.views.data.setUint32(config + 12, Number(host.config.get('cpu') || 2), true);
		this.views.data.setUint32(config + 16, host.config.get('profile') ? 1 : 0, true);
		this.views.data.setUint32(config + 20, host.config.get('precise') ? 1 : 0, true);
		this.views.data.setUint32(config + 24, host.config.get('lockstep') ? 1 : 0, true);
		this.sp = this.engine.__stack_pointer;
		this.sp0 = this.sp && this.sp.value;
		this.codes = [];                        // { id, bias, base, exports, resumeBase, resumed }
	}

	// code: { base, exports } of what a resume copy belongs to, whose functions it imports by their slots
	instantiate(module, bias, base, code) {
		return new WebAssembly.Instance(module, {
			code: code && exportsAndSlots(code.exports, this.table, code.base),
			env: { memory: this.memory, table: this.table, table_base: i32global(base), base: i32global(bias) },
			engine: this.host.engineImports(this.engine),
		}).exports;
	}

	find(id, bias) {
		return this.codes.find((c) => c.id === id && c.bias === bias);
	}

	load(code, bias) {
		const base = this.table.length;
		this.table.grow(code.slots + code.resumeSlots);
		const c = { id: code.id, bias, base, resumeBase: code.resumeSlots ? base + code.slots : 0, resumed: false };
		c.exports = this.instantiate(code.module, bias, base);
		this.codes.push(c);
		return c;
	}

	// true: instantiated; null: there is none; undefined: it is being fetched
	resume(code, c) {
		if (c.resumed)
			return true;
		const module = code.resume();
		if (!module)
			return module;
		this.instantiate(module, c.bias, c.resumeBase, c);
		c.resumed = true;
		return true;
	}

	same(other) {
		return this.codes.length >= other.codes.length && other.codes.every((c, i) => {
			const d = this.codes[i];
			return d.id === c.id && d.bias === c.bias && d.base === c.base;
		});
	}
}

// what an engine's part of the memory holds right after instantiation, to make a used memory new
class Pristine {
	constructor(host) {
		const u8 = new Process(host, ENGINE_HI / WASM_PAGE).views.u8;
		let end = ENGINE_HI;
		while (end > ENGINE_LO && u8[end - 1] === 0)
			end--;
		let start = ENGINE_LO;
		while (start < end && u8[start] === 0)
			start++;
		this.start = start;
		this.bytes = u8.slice(start, end);
	}

	apply(p) {
		p.engine.memset(0, 0, ENGINE_HI);           // the kernel has zeroed the rest
		p.views.u8.set(this.bytes, this.start);
	}
}

// Names of the functions that were running, innermost first.
function frames(e) {
	return (e.stack || '').split('\n').filter((l) => l.includes('wasm-function[')).map((l) => {
		const m = /at (?:async )?([^ ]+) \(/.exec(l) || /^([^@]+)@/.exec(l);         // V8, SpiderMonkey
		return m ? m[1].replace(/^.*\.wasm(\.tmp)?\./, '') : '?';
	});
}

function fault(host, e) {
	const names = frames(e);
	const door = names.findIndex((n) => n.startsWith('door_'));
	const run = names.indexOf('run');
	if (door >= 0 && (run < 0 || door < run))
		throw e;                                // the kernel's own fault, not the guest's
	host.faultText = e.message + (names.length ? ' in ' + names.slice(0, 6).join(' < ') : '');
	if (e instanceof RangeError || e.name === 'InternalError')              // V8, SpiderMonkey
		return 2;
	return /out of bounds/.test(e.message) && !/table/.test(e.message) ? 1 : 3;
}

export function vm(host) {
	const procs = [];                               // by mm
	const pool = [];
	let pristine = null;
	const views = (mm) => mm === 0 ? host.kernel : procs[mm].views;
	host.views = views;
	host.engineOf = (mm) => procs[mm].engine;

	// A small function of each module that runs here: Map module -> function, of instances in a process made for this.
	host.anchors = () => {
		const p = new Process(host, ENGINE_HI / WASM_PAGE);
		const all = new Map([[host.modules.engine, p.engine.lookup], [host.modules.kernel, host.exports.kernel_step]]);
		for (const code of host.code.all()) {
			const base = p.table.length;
			p.table.grow(code.slots + code.resumeSlots);
			const c = { base, exports: p.instantiate(code.module, 0, base) };
			all.set(code.module, c.exports.anchor);
			if (code.resumeModule)
				all.set(code.resumeModule, p.instantiate(code.resumeModule, 0, base, c).anchor);
		}
		return all;
	};

	const renew = (p) => {
		pristine ??= new Pristine(host);
		pristine.apply(p);
		return p;
	};
	const guarded = (f) => {
		try {
			return f();
		} catch (e) {
			if (e instanceof RangeError || e instanceof WebAssembly.RuntimeError)
				return -ENOMEM;
			if (e instanceof WebAssembly.LinkError || e instanceof WebAssembly.CompileError) {
				host.platform.warn(e.message);
				return -ENOEXEC;
			}
			throw e;
		}
	};
	// platform.copy, where there is one, is faster for much in shared memory than set(), which moves words one by one
	const between = (to, dst, from, src, n) => {
		if (n >= COPY_MUCH && host.platform.copy)
			host.platform.copy(to.u8, dst, from.u8, src, n);
		else
			to.u8.set(from.u8.subarray(src, src + n), dst);
	};
	const grow = (p, pages) => {
		const have = p.memory.buffer.byteLength / WASM_PAGE;
		if (pages > have) {
			p.memory.grow(pages - have);
			p.views.refresh();
		}
	};

	return {
		x_mm_create: (mm) => guarded(() => {
			const p = pool.pop();
			procs[mm] = p ? renew(p) : new Process(host, ENGINE_HI / WASM_PAGE);
			return 0;
		}),
		x_mm_destroy(mm) {
			const p = procs[mm];
			procs[mm] = undefined;
			const large = (q) => q.views.size > 256 << 20;          // may hold many committed pages: keep one
			if (p.codes.length <= 16 && !(large(p) && pool.some(large))) {
				pool.push(p);
				if (pool.length > POOL_MAX)
					pool.shift();
			}
		},
		x_mm_size: (mm) => procs[mm].memory.buffer.byteLength / WASM_PAGE,
		x_mm_grow: (mm, pages) => guarded(() => {
			grow(procs[mm], pages);
			return 0;
		}),
		x_mm_fork: (mm, from) => guarded(() => {
			const old = procs[from], size = old.memory.buffer.byteLength / WASM_PAGE;
			const i = pool.findLastIndex((p) => p.same(old));
			let p;
			if (i >= 0) {
				p = pool.splice(i, 1)[0];       // its engine part is overwritten below
				if (p.sp)
					p.sp.value = p.sp0;
				grow(p, size);
			} else {
				p = new Process(host, size);
				for (const c of old.codes) {
					if (p.table.length < c.base)
						p.table.grow(c.base - p.table.length);
					p.load(host.code.get(c.id), c.bias);
				}
			}
			old.codes.forEach((c, n) => {
				if (c.resumed)
					p.resume(host.code.get(c.id), p.codes[n]);
			});
			if (!host.config.get('precise'))
				p.engine.memset(PERM_ADDR, 0, ENGINE_HI - PERM_ADDR);
			between(p.views, ENGINE_LO, old.views, ENGINE_LO, (host.config.get('precise') ? ENGINE_HI : PERM_ADDR) - ENGINE_LO);
			procs[mm] = p;
			return 0;
		}),
		x_copy(dmm, dst, smm, src, n) {
			dst >>>= 0;
			src >>>= 0;
			n >>>= 0;
			if (dmm === smm && dmm)
				procs[dmm].engine.memmove(dst, src, n);
			else if (dmm === smm)
				host.kernel.upto(Math.max(dst, src) + n).u8.copyWithin(dst, src, src + n);
			else
				between(views(dmm).upto(dst + n), dst, views(smm).upto(src + n), src, n);
		},
		x_fill(mm, dst, byte, n) {
			if (mm)
				procs[mm].engine.memset(dst, byte, n);   // TypedArray.fill goes byte by byte in shared memory
			else
				host.kernel.slice(dst, n).fill(byte);
		},
		x_get32(mm, a) {
			a >>>= 0;
			return Atomics.load(views(mm).upto(a + 4).i32, a >>> 2);
		},
		x_put32(mm, a, v) {
			a >>>= 0;
			Atomics.store(views(mm).upto(a + 4).i32, a >>> 2, v);
		},
		x_get64(mm, a) {
			a >>>= 0;
			return Atomics.load(views(mm).upto(a + 8).i64, a >>> 3);
		},
		x_put64(mm, a, v) {
			a >>>= 0;
			Atomics.store(views(mm).upto(a + 8).i64, a >>> 3, v);
		},
		x_cmpxchg32(mm, a, expected, v) {
			a >>>= 0;
			return Atomics.compareExchange(views(mm).upto(a + 4).i32, a >>> 2, expected, v);
		},
		x_run(mm, cpu) {
			const p = procs[mm], ksp = host.kernelSp && host.kernelSp.value;
			try {
				p.engine.run(cpu);
				return 0;
			} catch (e) {
				if (e instanceof ExitRun)
					throw e;
				const kind = fault(host, e);
				if (host.kernelSp)
					host.kernelSp.value = ksp;
				return kind;
			}
		},
		x_fault_text(buf, size) {
			const text = new TextEncoder().encode(host.faultText || '').subarray(0, size);
			host.kernel.slice(buf, text.length).set(text);
			return text.length;
		},
		x_code_find(path, plen, bytes, blen) {
			if (host.config.get('interpret'))
				return -ENOENT;
			return path ? host.code.findFile(host.kernel.copy(path, plen)) :
				host.code.findBytes(host.kernel.copy(bytes, blen));
		},
		x_code_known(hash) {
			if (host.config.get('interpret'))
				return -ENOENT;
			return host.code.findHash(hex(host.kernel.slice(hash, 32)));
		},
		x_code_mapsize(id) {
			const code = host.code.get(id);
			return code ? CODEMAP_HEADER + 8 * (code.nfunc + code.nresume) : -ENOENT;
		},
		x_code_attach: (mm, id, bias, at) => guarded(() => {
			const p = procs[mm], code = host.code.get(id);
			if (!code)
				return -ENOENT;
			const c = p.find(id, bias) || p.load(code, bias);
			const map = at >>> 0, func = map + CODEMAP_HEADER, resume = func + 8 * code.nfunc;
			p.views.upto(resume + 8 * code.nresume).u8.set(code.entries, func);
			const d = p.views.data;
			[[0, id], [4, bias], [16, c.base], [20, c.resumeBase], [24, c.resumed ? 1 : 0], [28, code.nfunc],
				[32, code.nresume], [36, func], [40, resume]].forEach(([o, v]) => d.setUint32(map + o, v, true));
			return 0;
		}),
		x_code_resume: (mm, id) => {
			const p = procs[mm], code = host.code.get(id);
			let done = 0;
			for (const c of p.codes.filter((d) => code && d.id === id)) {
				const r = guarded(() => p.resume(code, c));
				if (r === undefined)
					return RESUME_LATER;
				if (r === true)
					done = 1;
			}
			return done;
		},
		x_code_exact: (id, compile) => host.config.get('interpret') ? -ENOENT : host.code.exact(id, Boolean(compile)),
		x_engine_attach: (mm, map) => void procs[mm].engine.attach(map),
		x_engine_detach: (mm, map) => void procs[mm].engine.detach(map),
	};
}
