// harness.mjs - engine.wasm without the kernel: a dozen system calls in JavaScript, enough for a static program that computes and
// prints. Used by the engine's tests; run by hand: node harness.mjs [--interpret] [--stress] [--code DIR] [--stats] PROG [ARGS...]
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { exportsAndSlots } from '../slots.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const CPU = 0x18000;
const FCW = 896;
const RIP = 180, FUEL = 176, PENDING = 192, TRAP = 196, MXCSR = 204;
const DOOR_UNWIND = -0x10000n;
const TRAPS = ['none', 'divide', 'ud', 'unknown', 'breakpoint', 'privileged', 'align', 'stack', 'fetch'];
const ENOSYS = -38n;

function word(view, at) {
	return view.getUint32(at, true);
}

function elf_load(bytes, mem8) {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const phoff = Number(view.getBigUint64(32, true));
	const phnum = view.getUint16(56, true);
	const image = { entry: Number(view.getBigUint64(24, true)), segments: [], end: 0, phoff, phnum, phdr: 0 };

	for (let i = 0; i < phnum; i++) {
		const p = phoff + 56 * i;
		if (word(view, p) !== 1)
			continue;
		const [off, addr, filesz, memsz] = [8, 16, 32, 40].map((d) => Number(view.getBigUint64(p + d, true)));
		mem8.set(bytes.subarray(off, off + filesz), addr);
		image.segments.push({ lo: addr, hi: addr + memsz, flags: word(view, p + 4) });
		if (off <= phoff && phoff < off + filesz)
			image.phdr = addr + phoff - off;
		image.end = Math.max(image.end, addr + memsz);
	}
	return image;
}

// The initial stack: argc, argv, environment, auxiliary vector (System V ABI, 3.4.1).
function stack_build(view, mem8, top, image, args) {
	const text = [];
	let at = top;
	const put = (s) => {
		const b = Buffer.from(`${s}\0`);
		at -= b.length;
		mem8.set(b, at);
		return at;
	};
	for (const a of args)
		text.push(put(a));
	const env = [put('PATH=/bin')];
	at -= 16;
	const random = at &= ~15;
	const aux = [[3, image.phdr], [4, 56], [5, image.phnum], [6, 4096], [9, image.entry], [11, 0], [12, 0], [13, 0], [14, 0],
		[16, 0x78bfbff], [17, 100], [23, 0], [25, random], [0, 0]];
	const words = [args.length, ...text, 0, ...env, 0, ...aux.flat()];
	at = (at - words.length * 8) & ~15;
	words.forEach((w, i) => view.setBigUint64(at + 8 * i, BigInt(w), true));
	return at;
}

// Section elfport.map, see docs/abi.md.
function codemap_place(module, view, at, base, resumeBase, bias, image, id) {
	const map = new DataView(WebAssembly.Module.customSections(module, 'elfport.map')[0]);
	const nfunc = word(map, 4), nresume = word(map, 8);
	const entries = at + 64;

	for (let i = 0; i < (nfunc + nresume) * 2; i++)
		view.setUint32(entries + 4 * i, word(map, 20 + 4 * i), true);
	[id, bias, image.segments[0].lo, image.end, base, resumeBase, 0, nfunc, nresume, entries, entries + 8 * nfunc]
		.forEach((v, i) => view.setUint32(at + 4 * i, v, true));
	return at;
}

function map_header(module) {
	const map = new DataView(WebAssembly.Module.customSections(module, 'elfport.map')[0]);

	return { nfunc: word(map, 4), nresume: word(map, 8), slots: word(map, 12), resumeSlots: word(map, 16) };
}

export function start(options) {
	const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
	const table = new WebAssembly.Table({ initial: 1024, element: 'anyfunc' });
	const out = [];
	const log = [];
	let status = null, brk = 0, mmap = 0, view, mem8, image, resume;
	const grow = (end) => {
		const want = Math.ceil(end / 65536);
		if (want > memory.buffer.byteLength / 65536)
			memory.grow(want - memory.buffer.byteLength / 65536);
		view = new DataView(memory.buffer);
		mem8 = new Uint8Array(memory.buffer);
	};
	const anonymous = (bytes) => {
		const at = mmap;
		mmap += Math.ceil(bytes / 4096) * 4096;
		grow(mmap);
		return at;
	};
	const write = (fd, addr, n) => {
		const bytes = Buffer.from(mem8.slice(addr, addr + n));
		out.push(bytes);
		if (options.stdio)
			writeSync(fd, bytes);
		return BigInt(n);
	};
	const num = (v) => Number(BigInt.asUintN(32, v));
	const calls = {
		0: () => 0n,
		1: (fd, p, n) => write(num(fd), num(p), num(n)),
		9: (p, n) => BigInt(anonymous(num(n))),
		10: () => 0n,
		11: () => 0n,
		12: (p) => {
			const at = num(p);
			if (at >= image.end && at < image.end + 0x4000000) {
				brk = at;
			}
			return BigInt(brk);
		},
		13: () => 0n, 14: () => 0n, 16: () => -25n,
		20: (fd, p, n) => {
			let sum = 0n;
			for (let i = 0; i < num(n); i++)
				sum += write(num(fd), num(BigInt(word(view, num(p) + 16 * i))), word(view, num(p) + 16 * i + 8));
			return sum;
		},
		28: () => 0n, 39: () => 100n, 186: () => 100n, 202: () => 0n, 218: () => 100n, 228: (c, p) => {
			const t = process.hrtime.bigint();
			view.setBigInt64(num(p), t / 1000000000n, true);
			view.setBigInt64(num(p) + 8, t % 1000000000n, true);
			return 0n;
		},
		63: (p) => { mem8.fill(0, num(p), num(p) + 390); mem8.set(Buffer.from('Linux'), num(p)); return 0n; },
		96: () => 0n, 99: () => 0n, 131: () => 0n, 273: () => 0n, 302: () => 0n, 318: (p, n) => n, 334: () => ENOSYS,
		158: (code, p) => {
			if (code !== 0x1002n)
				return -22n;
			view.setBigUint64(CPU + 160, BigInt.asUintN(64, p), true);
			return 0n;
		},
		89: () => -2n, 257: () => -2n, 262: () => 0n, 5: () => 0n, 60: null, 231: null,
	};
	const kernel = {
		door_syscall: (cpu, nr, ...a) => {
			if (nr === 60 || nr === 231) {
				status = num(a[0]);
				return DOOR_UNWIND;
			}
			if (options.strace)
				console.error(nr, ...a.map((v) => v.toString(16)));
			return calls[nr] ? calls[nr](...a) : ENOSYS;
		},
		door_poll: (cpu) => {
			view.setInt32(cpu + FUEL, options.fuel ?? 100000, true);
			if (options.polls !== undefined && --options.polls < 0)
				throw new Error(`polled too often at ${view.getUint32(cpu + RIP, true).toString(16)}`);
			return 0;
		},
		door_trap: (cpu, kind, addr) => {
			log.push(`trap ${TRAPS[kind]} at ${(addr >>> 0).toString(16)}`);
			status = 128 + 11;
		},
		door_stack: () => 0x300000,
		door_executable: (cpu, pc) => {
			for (const s of [...image.segments, ...(options.generated ? [{ lo: 0x10000000, hi: mmap, flags: 1 }] : [])])
				if (pc >>> 0 >= s.lo && pc >>> 0 < s.hi && s.flags & 1)
					return (s.hi + 4095 & ~4095) >>> 0;
			return 0;
		},
		door_shared: () => {},
		door_map: (bytes) => anonymous(bytes),
		door_exact_module: () => 0,
		door_resume_module: () => (resume ? resume() : 0),
		door_profile: () => {},
		door_unknown: (cpu, pc, p, n) => log.push(`unknown ${(pc >>> 0).toString(16)} ${Buffer.from(mem8.slice(p, p + n))}`),
		door_clock: () => process.hrtime.bigint(),
		door_random: () => 0x123456789abcdefn,
		door_log: (p, n) => log.push(Buffer.from(mem8.slice(p, p + n)).toString()),
	};

	grow(0x200000);
	const engineModule = new WebAssembly.Module(readFileSync(options.engine ?? path.join(here, '../../../build/engine.wasm')));
	const engine = new WebAssembly.Instance(engineModule, { kernel, env: { memory, __indirect_function_table: table } }).exports;
	const config = engine.engine_config.value;

	table.set(0, engine.call_unknown);
	const bytes = options.image ?? readFileSync(options.prog);
	const probe = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let high = 0;
	for (let i = 0, p = Number(probe.getBigUint64(32, true)); i < probe.getUint16(56, true); i++, p += 56)
		if (word(probe, p) === 1)
			high = Math.max(high, Number(probe.getBigUint64(p + 16, true) + probe.getBigUint64(p + 40, true)));
	if (options.interpret)
		view.setUint32(config, 1, true);
	if (options.stress)
		view.setUint32(config + 4, 1, true);
	grow(high + 0x4000000 > 0x9000000 ? high + 0x4000000 : 0x9000000);
	image = elf_load(bytes, mem8);
	brk = Math.ceil(image.end / 4096) * 4096;
	mmap = 0x10000000;
	view.setUint32(CPU + 204, 0x1f80, true);
	view.setUint16(CPU + FCW, 0x37f, true);
	view.setUint16(CPU + FCW + 4, 0xffff, true);
	const rsp = stack_build(view, mem8, image.stack ?? 0xd000000 - 0x4400000 > image.end + 0x4000000 ? 0x8c00000 : 0xf000000, image,
		options.args ?? ['prog']);
	view.setBigUint64(CPU + 32, BigInt(rsp), true);
	view.setUint32(CPU + RIP, image.entry, true);
	view.setInt32(CPU + FUEL, 100000, true);
	view.setUint32(CPU + MXCSR, 0x1f80, true);
	grow(0x10000000);
	if (options.code) {
		const env = { memory, table };
		const module = new WebAssembly.Module(readFileSync(path.join(options.code, 'code.wasm')));
		const head = map_header(module);
		const base = 1024, resumeBase = base + head.slots;
		table.grow(head.slots + head.resumeSlots);
		const glue = (b) => ({
			env: { ...env, table_base: new WebAssembly.Global({ value: 'i32' }, b), base: new WebAssembly.Global({ value: 'i32' }, 0) },
			engine,
		});
		const { exports } = new WebAssembly.Instance(module, glue(base));
		const at = anonymous(64 + 8 * (head.nfunc + head.nresume));
		codemap_place(module, view, at, base, resumeBase, 0, image, 1);
		resume = () => {
			const file = path.join(options.code, 'resume.wasm');
			if (!existsSync(file))
				return 0;
			new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), { ...glue(resumeBase),
				code: exportsAndSlots(exports, table, base) });
			return 1;
		};
		engine.attach(at);
	}
	return {
		engine, memory, table, config,
		run() {
			while (status === null)
				engine.run(CPU);
			const counter = (k) => Number(view.getBigUint64(CPU + options.counters + 8 * k, true));
			return { status, out: Buffer.concat(out).toString('latin1'), log,
				interpreted: options.counters ? counter(0) : 0, unwinds: options.counters ? counter(1) : 0,
				resumes: options.counters ? counter(2) : 0, syscalls: options.counters ? counter(3) : 0 };
		},
		cpu: () => ({ rip: view.getUint32(CPU + RIP, true), r: [...Array(16).keys()].map((i) => view.getBigUint64(CPU + 8 * i, true).toString(16)) }),
	};
}

// offsetof(struct cpu, n_interpreted)
export const COUNTERS = 920;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const options = { stdio: true, args: [], counters: COUNTERS };
	const argv = process.argv.slice(2);
	let stats = false;
	while (argv[0]?.startsWith('--')) {
		const flag = argv.shift();
		if (flag === '--code' || flag === '--engine')
			options[flag.slice(2)] = argv.shift();
		else if (flag === '--stats')
			stats = true;
		else
			options[flag.slice(2)] = true;
	}
	options.prog = argv[0];
	options.args = argv;
	const begin = performance.now();
	const process_ = start(options);
	const began = performance.now();
	let result;
	try {
		result = process_.run();
	} catch (error) {
		console.error(error, process_.cpu());
		process.exit(125);
	}
	for (const line of result.log)
		console.error(line);
	if (stats)
		console.error({ ...result, out: result.out.length, start: began - begin, run: performance.now() - began,
			mips: result.interpreted / (performance.now() - began) / 1000 });
	process.exit(result.status);
}
