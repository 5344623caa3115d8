// main.mjs - Node's main thread: `node main.mjs FD`, see docs/host.md. Starts the CPU worker and keeps what only the main thread can do:
// waiting for input, host signals, the terminal's mode, the exit status.

import { Worker } from 'node:worker_threads';
import { createRequire } from 'node:module';
import os from 'node:os';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config } from '../host/config.js';
import * as sh from './shared.mjs';

// loaded when it is needed, and at once: a module that is imported later comes too late at the end of a run
const require = createRequire(import.meta.url);
const FAILED = 125;
const STACK_MB = 64;
const STOPS = { 20: 'SIGTSTP', 21: 'SIGTTIN', 22: 'SIGTTOU' };

function fail(text) {
	process.stderr.write(`elfport: ${text}\n`);
	process.exit(FAILED);
}

function readConfig(fd) {
	const parts = [];
	for (let at = 0; ;) {
		const b = Buffer.alloc(65536), n = fs.readSync(fd, b, 0, b.length, at);
		if (n === 0)
			break;
		parts.push(b.subarray(0, n));
		at += n;
	}
	fs.closeSync(fd);
	return Buffer.concat(parts);
}

// How descriptors 0 1 2 were opened and where regular files stand; same12: 1 and 2 look like one open file.
function stdioRecords() {
	const r = {}, names = [];
	for (const fd of [0, 1, 2]) {
		try {
			const text = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
			r[`pos${fd}`] = /pos:\s*(\d+)/.exec(text)[1];
			r[`flags${fd}`] = /flags:\s*(\d+)/.exec(text)[1];
			const pts = /^\/dev\/pts\/(\d+)$/.exec(fs.readlinkSync(`/proc/self/fd/${fd}`));
			if (pts)
				r.pts ??= pts[1];
			names[fd] = [fs.readlinkSync(`/proc/self/fd/${fd}`), r[`pos${fd}`], r[`flags${fd}`]].join();
		} catch {
			// closed
		}
	}
	if (names[1] && names[1] === names[2])
		r.same12 = 1;
	return r;
}

function hostRecords() {
	return Object.entries({
		uid: process.geteuid(), gid: process.getegid(), groups: process.getgroups().join(','), pid: process.pid,
		hostname: os.hostname(), cpus: os.availableParallelism(), memory: os.totalmem(), umask: process.umask().toString(8),
		...stdioRecords(),
	}).map(([k, v]) => `${k}=${v}\0`).join('');
}

function beside(name) {
	return fileURLToPath(new URL(`../../build/${name}`, import.meta.url));
}

// Without waiting for V8's compiler threads, if web/node/quit.c was built.
function quit(code) {
	try {
		process.env.ELFPORT_STATUS = String(code);
		process.dlopen({ exports: {} }, beside('quit.node'));
	} catch {
		// it is not there: the slower way
	}
	process.exit(code);
}

class Agent {
	constructor(shared, worker) {
		this.shared = shared;
		this.worker = worker;
		this.sources = [];
		this.restore = null;                    // stty arguments that put the terminal back
	}

	finish(code) {
		if (this.temp)
			fs.rmSync(this.temp, { recursive: true, force: true });
		this.cooked();
		quit(code);
	}

	cooked() {
		if (this.restore) {
			const { fd, args } = this.restore;
			this.stty(fd, args);
		}
	}

	stty(fd, args) {
		require('node:child_process').spawnSync('stty', args, { stdio: [fd, 'ignore', 'ignore'] });
	}

	// a pipe or socket: waits for the first byte with a descriptor of its own
	async readPipe(fd, max) {
		let s = this.sources[sh.PIPE];
		if (!s) {
			const net = await import('node:net');
			const buffer = Buffer.alloc(max);
			s = new net.Socket({ fd, readable: true, writable: false, allowHalfOpen: true, onread: { buffer,
				callback: (n, b) => {
					this.shared.put(sh.PIPE, b.subarray(0, n));
					this.idle(sh.PIPE, sh.EV_PIPE);
					return false;
				} } });
			const end = () => {
				this.shared.set(sh.PIPE, sh.EOF, 1);
				this.idle(sh.PIPE, sh.EV_PIPE);
			};
			s.on('end', end).on('error', end);
			this.sources[sh.PIPE] = s;
		}
		s.resume();
	}

	idle(ring, event) {
		this.shared.set(ring, sh.STATE, sh.IDLE);
		this.shared.post(event);
	}

	async readTty(fd) {
		if (this.sources[sh.TTY])
			return;
		const tty = await import('node:tty');
		const s = new tty.ReadStream(fd);
		this.sources[sh.TTY] = s;
		s.on('data', (b) => {
			this.shared.put(sh.TTY, b.subarray(0, this.shared.room(sh.TTY)));
			this.shared.post(sh.EV_TTY);
		});
		const end = () => {
			this.shared.set(sh.TTY, sh.EOF, 1);
			this.shared.post(sh.EV_TTY);
		};
		s.on('end', end).on('error', end);
	}

	// init stopped: so does the whole process, the terminal restored meanwhile; with its group if the terminal's keys do that
	stop(sig) {
		if (this.restore)
			this.stty(this.restore.fd, this.restore.args);
		const name = STOPS[sig] || 'SIGSTOP', listeners = process.listeners(name);
		process.removeAllListeners(name);
		process.kill(STOPS[sig] ? 0 : process.pid, name);
		setTimeout(() => {
			for (const f of listeners)
				process.on(name, f);
			if (this.restore)
				this.stty(this.restore.fd, this.restore.raw);
			Atomics.add(this.shared.words, sh.CONTINUED, 1);
			Atomics.notify(this.shared.words, sh.CONTINUED);
		}, 1);
	}

	message(m) {
		if (m.pipe)
			this.readPipe(m.pipe.fd, m.pipe.max);
		else if (m.tty !== undefined)
			this.readTty(m.tty);
		else if (m.terminal)
			this.restore = m.terminal.raw ? m.terminal : null;
		else if (m.stop)
			this.stop(m.stop);
		else if (m.forget)
			this.temp = m.forget;
		else if (m.exit)
			this.finish(m.exit.code);
	}

	forward(signals) {
		for (const [name, number] of Object.entries(signals)) {
			try {
				process.on(name, () => {
					if (name === 'SIGWINCH')
						return this.shared.post(sh.EV_WINSIZE);
					Atomics.or(this.shared.words, sh.SIGNALS + (number > 32 ? 1 : 0), 1 << ((number - 1) & 31));
					this.shared.post(sh.EV_SIGNAL);
				});
			} catch {
				// SIGKILL, SIGSTOP and what libuv keeps for itself
			}
		}
	}
}

const FORWARD = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGTERM', 'SIGCONT', 'SIGTSTP', 'SIGWINCH',
	'SIGVTALRM', 'SIGXCPU', 'SIGPWR', 'SIGIO'];

async function main() {
	const fd = Number(process.argv[2]);
	if (!Number.isInteger(fd) || fd < 3)
		fail('main.mjs is started by elfport run');
	const bytes = Buffer.concat([readConfig(fd), Buffer.from(hostRecords(), 'latin1')]);
	const sab = sh.makeShared();
	const worker = new Worker(new URL('./cpu.mjs', import.meta.url),
		{ workerData: { bytes, sab }, resourceLimits: { stackSizeMb: STACK_MB }, stdin: false });
	const config = new Config(bytes);
	const agent = new Agent(new sh.Shared(sab), worker);
	if (config.get('cache-temp'))
		agent.temp = Buffer.from(config.get('cache'), 'latin1');
	worker.on('message', (m) => agent.message(m));
	worker.on('error', (e) => {
		process.stderr.write(`elfport: internal error: ${e.stack || e}\n`);
		agent.finish(FAILED);
	});
	agent.forward(Object.fromEntries(FORWARD.map((n) => [n, os.constants.signals[n]])));
}

main();
