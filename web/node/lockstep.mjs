// lockstep.mjs - the translated side of tools/lockstep (docs/lockstep.md): wraps what the engine asks of the kernel and what the kernel asks of the host,
// and writes records to a descriptor: every change that the kernel makes to the first program's memory or registers, and the guest's state before each
// instruction that is interpreted (or, for recompiled code, at each system call).

import fs from 'node:fs';

const WRITE = 1, FILL = 2, STATE = 3, STEP = 4, SYSCALL = 5, RESULT = 6, TAKEN = 7;
const CPU_BYTES = 1024;                         // of struct cpu: registers, vectors, x87
const FUEL = 176, RIP = 180, MANY = 0x7fffffff;
const BUFFER = 1 << 18, PIECE = 1 << 16;
const ENGINE_HI = 0x200000;
const DOOR_UNWIND = -0x10000n;                  // include/door.h

export class Lockstep {
	constructor(fd, machine, compiled) {
		this.fd = fd;
		this.machine = machine;
		this.compiled = compiled;
		this.started = false;
		this.mm = 0;                            // the first program's: the last that is made before anything runs
		this.buffer = Buffer.alloc(BUFFER);
		this.used = 0;
		this.stores = 0n;
	}

	flush() {
		for (let at = 0; at < this.used;)
			at += fs.writeSync(this.fd, this.buffer, at, this.used - at);
		this.used = 0;
	}

	head(kind, bytes) {
		if (this.used + 16 + bytes > BUFFER)
			this.flush();
		this.buffer.writeUInt32LE(kind, this.used);
		this.buffer.writeUInt32LE(bytes, this.used + 4);
		this.used += 8;
	}

	word(v) {
		this.buffer.writeUInt32LE(v >>> 0, this.used);
		this.used += 4;
	}

	bytes(u8) {
		this.buffer.set(u8, this.used);
		this.used += u8.length;
	}

	memory(address, n) {
		address >>>= 0;
		return this.machine.views(this.mm).upto(address + n).u8.subarray(address, address + n);
	}

	wrote(mm, address, n) {
		address >>>= 0;
		if (mm !== this.mm || mm === 0 || address < ENGINE_HI)
			return;
		for (let left = n >>> 0; left > 0;) {
			const k = Math.min(left, PIECE);
			this.head(WRITE, 4 + k);
			this.word(address);
			this.bytes(this.memory(address, k));
			address += k;
			left -= k;
		}
	}

	filled(mm, address, byte, n) {
		if (mm !== this.mm || mm === 0 || address >>> 0 < ENGINE_HI)
			return;
		this.head(FILL, 12);
		this.word(address);
		this.word(n);
		this.word(byte);
	}

	// the state, and what the instruction before has stored; rax: the result that a system call is about to get
	state(kind, cpu, rax) {
		const n = kind === STEP ? Number(this.stores & 0xffffffffn) : 0, at = n ? Number(this.stores >> 32n & 0xffffffffn) : 0;
		this.head(kind, CPU_BYTES + 8 + n);
		this.bytes(this.memory(cpu, CPU_BYTES));
		if (rax !== undefined)
			this.buffer.writeBigInt64LE(rax, this.used - CPU_BYTES);
		this.word(at);
		this.word(n);
		if (n)
			this.bytes(this.memory(at, n));
		this.next(cpu);
	}

	rip(cpu) {
		return this.machine.views(this.mm).data.getUint32((cpu >>> 0) + RIP, true);
	}

	next(cpu) {
		this.last = this.rip(cpu);
		if (!this.compiled)
			this.stores = BigInt.asUintN(64, this.machine.engineOf(this.mm).insn_stores(cpu));
		this.machine.views(this.mm).data.setInt32(cpu + FUEL, this.compiled ? MANY : 1, true);
	}

	// what recompiled code imports: what it asks of the processor is not the native one's to say
	engine(exports) {
		const tell = (words) => {
			this.head(TAKEN, 16);
			words.forEach((w) => this.word(w));
		};
		const clock = (f) => () => {
			const t = f();
			tell([Number(t & 0xffffffffn), 0, 0, Number(t >> 32n & 0xffffffffn)]);
			return t;
		};
		return { ...exports, rdtsc: clock(exports.rdtsc),
			cpuid: (cpu) => {
				exports.cpuid(cpu);
				const r = new Uint32Array(this.memory(cpu, 32).slice().buffer);
				tell([r[0], r[6], r[2], r[4]]);
			},
			xgetbv: (cpu, ecx) => {
				const x = exports.xgetbv(cpu, ecx);
				tell([Number(x), 0, 0, 0]);
				return x;
			},
		};
	}

	// door_*: what the engine calls
	doors(doors) {
		const { door_poll, door_syscall, door_trap } = doors;
		const ours = () => this.mm !== 0 && this.running === this.mm;
		return { ...doors,
			door_poll: (cpu) => {
				const leave = door_poll(cpu);
				if (ours() && !this.compiled)
					this.state(STEP, cpu);
				return leave;
			},
			door_trap: (cpu, ...args) => {
				this.trapped = true;
				door_trap(cpu, ...args);
			},
			door_syscall: (cpu, ...args) => {
				if (ours())
					this.state(SYSCALL, cpu);
				const mm = this.running, r = door_syscall(cpu, ...args);
				if (ours() && mm === this.mm && r !== DOOR_UNWIND)
					this.state(RESULT, cpu, r);
				return r;
			},
		};
	}

	// x_*: what the kernel calls
	hosts(h) {
		const { x_mm_create, x_mm_destroy, x_copy, x_fill, x_put32, x_put64, x_cmpxchg32, x_store_read, x_console_read, x_pack_read, x_run, x_exit } = h;
		return { ...h,
			x_mm_create: (mm) => {
				const r = x_mm_create(mm);
				if (r === 0 && !this.started)
					this.mm = mm;
				return r;
			},
			x_mm_destroy: (mm) => {
				if (mm === this.mm && this.started)
					this.mm = -1;           // it has become another program, or ended
				x_mm_destroy(mm);
			},
			x_copy: (dmm, dst, smm, src, n) => {
				x_copy(dmm, dst, smm, src, n);
				this.wrote(dmm, dst, n);
			},
			x_fill: (mm, dst, byte, n) => {
				x_fill(mm, dst, byte, n);
				this.filled(mm, dst, byte, n);
			},
			x_put32: (mm, a, v) => {
				x_put32(mm, a, v);
				this.wrote(mm, a, 4);
			},
			x_put64: (mm, a, v) => {
				x_put64(mm, a, v);
				this.wrote(mm, a, 8);
			},
			x_cmpxchg32: (mm, a, expected, v) => {
				const r = x_cmpxchg32(mm, a, expected, v);
				this.wrote(mm, a, 4);
				return r;
			},
			x_store_read: (handle, mm, a, n, position) => this.read(x_store_read(handle, mm, a, n, position), mm, a),
			x_console_read: (fd, mm, a, n) => this.read(x_console_read(fd, mm, a, n), mm, a),
			x_pack_read: (hash, mm, a, n, offset) => this.read(x_pack_read(hash, mm, a, n, offset), mm, a),
			x_run: (mm, cpu) => {
				this.running = mm;
				this.started = true;
				if (mm === this.mm)
					this.state(STATE, cpu);
				this.trapped = false;
				const r = x_run(mm, cpu);
				this.running = 0;
				// the last instruction was executed, but no poll came behind it
				if (mm === this.mm && !this.compiled && !this.trapped && this.rip(cpu) !== this.last)
					this.state(STEP, cpu);
				return r;
			},
			x_exit: (status) => {
				this.flush();
				x_exit(status);
			},
		};
	}

	read(n, mm, address) {
		if (n > 0)
			this.wrote(mm, address, n);
		return n;
	}
}
