// cpu.mjs - the CPU worker under Node: kernel and guests run here, and host files are read and written here.

import { workerData, parentPort } from 'node:worker_threads';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import v8 from 'node:v8';
import { fileURLToPath } from 'node:url';
import { Machine, EVENT_READABLE, EVENT_WRITABLE, EVENT_WINSIZE, EVENT_SIGNAL } from '../host/machine.js';
import { Config } from '../host/config.js';
import * as sh from './shared.mjs';
import { Cache } from './cache.mjs';
import { Lockstep } from './lockstep.mjs';

Error.stackTraceLimit = 60;

const require = createRequire(import.meta.url);
const EAGAIN = 11;
const CLOSED = 0, ISTTY = 1, FILE = 2, OTHER = 3;
const RAW = ['-icanon', '-echo', '-isig', '-iexten', '-icrnl', '-inlcr', '-igncr', '-ixon', '-opost', 'min', '1', 'time', '0'];

// Milliseconds since 1970, as exact as the moment in which Date.now() changes; the performance API would take longer to load.
function tick() {
	const from = Date.now();
	let now;
	do
		now = Date.now();
	while (now === from);
	return now;
}

let urandom = -1;
function random(bytes) {
	if (urandom < 0)
		urandom = fs.openSync('/dev/urandom', 'r');
	for (let at = 0; at < bytes.length;)
		at += fs.readSync(urandom, bytes, at, bytes.length - at, null);
}

class NodePlatform extends Cache {
	constructor(shared, config) {
		super(config);
		this.shared = shared;
		this.fs = fs;
		this.performance = { timeOrigin: 0, now: tick };
		this.cpuUsage = () => process.cpuUsage();
		this.hrtime = process.hrtime.bigint;
		this.randomFill = random;
		this.kinds = [];
		this.private = [];                      // own descriptors of pipes and terminals, -1 if they cannot be reopened
		this.blocked = 0;                       // bits: descriptors whose reader is slow
		this.files = {};
		this.atLineStart = true;                // nothing of the guest's stands on the line where the terminal's cursor is
		this.stty = null;
	}

	// Buffer's fill() with as many bytes as are to be filled is one memcpy.
	copy(to, dst, from, src, n) {
		Buffer.prototype.fill.call(to, from.subarray(src, src + n), dst, dst + n);
	}

	watch(machine) {
		const fd = this.config.get('lockstep');
		return fd ? new Lockstep(Number(fd), machine, !this.config.get('interpret')) : null;
	}

	/* --- descriptors 0 1 2 --- */
	kind(fd) {
		return this.kinds[fd] ??= this.findKind(fd);
	}

	findKind(fd) {
		try {
			const s = fs.fstatSync(fd);
			if (s.isCharacterDevice())
				return this.config.all('tty').includes(String(fd)) ? ISTTY : FILE;
			return s.isFile() || s.isDirectory() || s.isBlockDevice() ? FILE : OTHER;
		} catch {
			return CLOSED;
		}
	}

	own(fd) {
		if (this.private[fd] === undefined) {
			try {
				const mode = fd === 0 ? fs.constants.O_RDONLY : fs.constants.O_WRONLY;
				this.private[fd] = fs.openSync(`/proc/self/fd/${fd}`, mode | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
			} catch {
				this.private[fd] = -1;
			}
		}
		return this.private[fd];
	}

	consoleRead(fd, view) {
		const kind = this.kind(fd);
		if (kind === FILE)
			return fs.readSync(fd, view, 0, view.length, null);
		return kind === ISTTY ? this.ttyRead(fd, view) : this.pipeRead(view);
	}

	ttyRead(fd, view) {
		if (this.ahead?.length) {
			const k = this.ahead.copy(view);
			this.ahead = this.ahead.subarray(k);
			return k;
		}
		const n = this.shared.take(sh.TTY, view);
		if (n > 0)
			return n;
		if (this.shared.get(sh.TTY, sh.EOF))
			return 0;
		this.wantTty(fd);
		return -EAGAIN;
	}

	pipeRead(view) {
		const n = this.shared.take(sh.PIPE, view), own = this.own(0);
		if (n === view.length || this.shared.get(sh.PIPE, sh.EOF))
			return n;
		if (this.shared.get(sh.PIPE, sh.STATE) === sh.READING)
			return n || -EAGAIN;
		if (own < 0)
			return n || (this.wantPipe(), -EAGAIN);
		try {
			return n + fs.readSync(own, view, n, view.length - n, null);
		} catch (e) {
			if (n > 0)
				return n;
			if (e.errno === -EAGAIN)
				this.wantPipe();
			throw e;
		}
	}

	wantPipe() {
		if (this.shared.get(sh.PIPE, sh.STATE) === sh.READING || this.shared.get(sh.PIPE, sh.EOF))
			return;
		const own = this.own(0);
		this.shared.set(sh.PIPE, sh.STATE, sh.READING);
		parentPort.postMessage({ pipe: own < 0 ? { fd: 0, max: 4096 } : { fd: own, max: 1 } });
	}

	wantTty(fd) {
		if (this.ttyAsked)
			return;
		this.ttyAsked = true;
		parentPort.postMessage({ tty: fd });
	}

	consoleReady(fd) {
		const kind = this.kind(fd), write = this.blocked & 1 << fd ? 0 : 2;
		if (kind === CLOSED || kind === FILE)
			return 3;
		const ring = kind === ISTTY ? sh.TTY : sh.PIPE;
		if (this.shared.count(ring) > 0 || this.shared.get(ring, sh.EOF))
			return 1 | write;
		if (kind === ISTTY)
			this.wantTty(fd);
		else if (fd === 0)
			this.wantPipe();
		return write;
	}

	consoleWrite(fd, view) {
		const kind = this.kind(fd), own = kind === FILE || kind === CLOSED || fd === 0 ? -1 : this.own(fd);
		const n = fs.writeSync(own < 0 ? fd : own, view, 0, view.length, null);
		if (kind === ISTTY && n > 0)
			this.atLineStart = view[n - 1] === 10;
		return n;
	}

	waitWritable(fd) {
		this.blocked |= 1 << fd;
	}

	consoleRaw(fd, raw) {
		const { spawnSync } = require('node:child_process');
		const stty = (args) => spawnSync('stty', args, { stdio: [fd, 'pipe', 'ignore'] });
		if (raw) {
			const saved = stty(['-g']).stdout?.toString().trim();
			if (!saved)
				return;
			this.saved = saved;
			stty(RAW);
			this.ahead = this.typedAhead(fd);
		} else if (this.saved) {
			stty([this.saved]);
		}
		parentPort.postMessage({ terminal: { fd, raw: raw ? RAW : null, args: [this.saved] } });
	}

	// what was typed while the host's line discipline was in charge; it has edited and echoed it
	typedAhead(fd) {
		const b = Buffer.alloc(4096);
		let own = -1;
		try {
			own = fs.openSync(`/proc/self/fd/${fd}`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
			return b.subarray(0, fs.readSync(own, b));
		} catch {
			return b.subarray(0, 0);
		} finally {
			if (own >= 0)
				fs.closeSync(own);
		}
	}

	consoleSize(fd) {
		if (this.kind(fd) !== ISTTY)
			return 0;
		this.screen ??= new (require('node:tty').WriteStream)(fd);
		this.screen.unref();
		this.screen._refreshSize?.();            // only the main thread's streams follow SIGWINCH
		const [columns, rows] = this.screen.getWindowSize();
		return rows << 16 | columns;
	}

	forget(folder) {
		parentPort.postMessage({ forget: folder });
	}

	/* --- words for people --- */
	log(bytes) {
		this.all(2, bytes);
	}

	warn(text) {
		this.all(2, Buffer.from(`elfport: ${text}\n`));
	}

	all(fd, bytes) {
		try {
			for (let at = 0; at < bytes.length;)
				at += fs.writeSync(fd, bytes, at);
		} catch {
			// nobody listens
		}
	}

	report(kind, bytes) {
		const name = kind === 1 ? 'strace' : kind === 2 ? 'profile' : null, path = name && this.config.get(name);
		if (name && path)
			this.files[name] ??= fs.openSync(Buffer.from(path, 'latin1'), 'w');
		this.all(this.files[name] ?? 2, bytes);
	}

	stop(sig) {
		const was = Atomics.load(this.shared.words, sh.CONTINUED);
		parentPort.postMessage({ stop: sig });
		Atomics.wait(this.shared.words, sh.CONTINUED, was);
	}

	/* --- events --- */
	// events come through shared words, so the event loop of this thread has nothing to do
	turnDue() {
		return Atomics.load(this.shared.words, sh.EVENTS) !== 0 || this.blocked ? 1 : 0;
	}

	idle(ms, event) {
		const { words } = this.shared;
		const seq = Atomics.load(words, sh.SEQ);
		if (ms !== 0 && Atomics.load(words, sh.EVENTS) === 0) {
			if (this.blocked && (ms < 0 || ms > 1))
				ms = 1;
			Atomics.wait(words, sh.SEQ, seq, ms < 0 ? Infinity : ms);
		}
		const events = Atomics.exchange(words, sh.EVENTS, 0);
		if (events)
			this.deliver(events, event);
		for (let fd = 0; this.blocked; fd++) {
			if (this.blocked & 1 << fd) {
				this.blocked &= ~(1 << fd);
				event(EVENT_WRITABLE, fd, 0);
			}
		}
	}

	deliver(events, event) {
		if (events & sh.EV_PIPE)
			event(EVENT_READABLE, 0, 0);
		if (events & sh.EV_TTY)
			for (let fd = 0; fd <= 2; fd++)
				if (this.kinds[fd] === ISTTY)
					event(EVENT_READABLE, fd, 0);
		if (events & sh.EV_WINSIZE)
			event(EVENT_WINSIZE, 0, 0);
		if (events & sh.EV_SIGNAL)
			for (let w = 0; w < 2; w++)
				for (let bits = Atomics.exchange(this.shared.words, sh.SIGNALS + w, 0); bits; bits &= bits - 1)
					event(EVENT_SIGNAL, 32 * w + 32 - Math.clz32(bits & -bits), 0);
	}
}

// Linux wait status of init -> exit code
function exitCode(status) {
	const sig = status & 0x7f;
	return sig ? 128 + sig : status >> 8 & 0xff;
}

function v8flags() {
	// function bodies are validated when they are compiled, at their first call: a library uses few of its thousands
	const flags = ['--wasm-lazy-validation'];
	// Node 20: interpreters' dispatch loops too get the register allocator that others get, as in every later V8 (docs/decisions.md)
	if (process.versions.v8.startsWith('11.3.'))
		flags.push('--no-turbo-use-mid-tier-regalloc-for-huge-functions');
	return flags;
}

// where engine.wasm or kernel.wasm is
function own(config, name) {
	return config.get(name) ? Buffer.from(config.get(name), 'latin1').toString() : fileURLToPath(new URL(`../../build/${name}.wasm`, import.meta.url));
}

function main() {
	const config = new Config(workerData.bytes);
	// only now, since V8 does not take Node's own precompiled code once its flags have changed
	for (const flag of v8flags())
		v8.setFlagsFromString(flag);
	const platform = new NodePlatform(new sh.Shared(workerData.sab), config);
	let code;
	try {
		const modules = { engine: platform.loadOwn(own(config, 'engine')), kernel: platform.loadOwn(own(config, 'kernel')) };
		const machine = new Machine(platform, config, modules);
		code = exitCode(machine.run());
		platform.keepMachineCode(machine);
	} catch (e) {
		platform.warn(`internal error: ${e.stack || e}`);
		code = 125;
	}
	parentPort.postMessage({ exit: { code } });
}

main();
