// cpu.js - the CPU worker in a page: kernel and guests run here. It returns to its event loop after every step of the kernel, so that keys,
// fetched files and timers get in; so it needs nothing that only an isolated page has. Messages: see terminal.js.

import { Machine, EVENT_READABLE, EVENT_WRITABLE, EVENT_WINSIZE, EVENT_SIGNAL, EVENT_FETCHED } from '../host/machine.js';
import { Config } from '../host/config.js';
import { ExitRun } from '../host/boot.js';
import { sha256 } from '../host/sha256.js';
import { Site, Missing } from './site.js';

const EAGAIN = 11, ISTTY = 1;
const IN_FLIGHT_MAX = 256 << 10;                // bytes of output that the page has not drawn yet
const WINDOW = 8 << 10;                         // guest stack that may be mirrored: a worker's own stack has about a megabyte
const SHORT_MS = 4;                             // setTimeout waits at least so long
// a terminal as Linux makes it, with IUTF8; docs/host.md, record "termios"
const TERMIOS = '4500:5:bf:8a3b:3:1c:7f:15:4:0:1:0:11:13:1a:0:12:f:17:16:0';

Error.stackTraceLimit = 60;

class BrowserPlatform {
	constructor(size) {
		this.size = size;
		this.performance = performance;
		this.hrtime = () => BigInt(Math.round(performance.now() * 1e6));
		this.busy = 0;                          // ms spent in the kernel and its guests
		this.cpuUsage = () => ({ user: Math.round((this.busy + performance.now() - this.entered) * 1e3), system: 0 });
		this.entered = performance.now();
		this.window = WINDOW;
		this.input = [];                        // Uint8Arrays
		this.output = [];
		this.inFlight = 0;
		this.events = [];                       // [kind, a, b] for the kernel, between steps
		this.site = null;
		this.wake = null;
		this.channel = new MessageChannel();
		this.channel.port1.onmessage = () => this.wake?.();
		this.hash = sha256;
	}

	get pack() {
		return this.site;
	}

	knownModule(hash) {
		return this.site.knownModule(hash);
	}

	knownResume(hash) {
		return this.site.knownResume(hash);
	}

	randomFill(bytes) {
		for (let at = 0; at < bytes.length; at += 65536)
			crypto.getRandomValues(bytes.subarray(at, at + 65536));
	}

	// ---- descriptors 0 1 2: all of them the terminal ----
	kind() {
		return ISTTY;
	}

	consoleRead(fd, view) {
		const first = this.input[0];
		if (!first)
			return -EAGAIN;
		const n = Math.min(view.length, first.length);
		view.set(first.subarray(0, n));
		if (n < first.length)
			this.input[0] = first.subarray(n);
		else
			this.input.shift();
		return n;
	}

	consoleReady() {
		return (this.input.length ? 1 : 0) | (this.inFlight < IN_FLIGHT_MAX ? 2 : 0);
	}

	consoleWrite(fd, view) {
		const n = Math.min(view.length, IN_FLIGHT_MAX - this.inFlight);
		if (n <= 0)
			throw Object.assign(new Error('terminal is slow'), { errno: -EAGAIN });
		this.output.push(view.slice(0, n));
		this.inFlight += n;
		return n;
	}

	waitWritable() {
		this.full = true;
	}

	drawn(n) {
		this.inFlight -= n;
		if (this.full && this.inFlight < IN_FLIGHT_MAX / 2) {
			this.full = false;
			this.post(EVENT_WRITABLE, 1, 0);
		}
	}

	consoleRaw() {
		// the page's terminal has no line discipline of its own
	}

	consoleSize() {
		return this.size.rows << 16 | this.size.cols;
	}

	flush() {
		if (!this.output.length)
			return;
		const bytes = new Uint8Array(this.output.reduce((n, b) => n + b.length, 0));
		let at = 0;
		for (const b of this.output) {
			bytes.set(b, at);
			at += b.length;
		}
		this.output = [];
		postMessage({ output: bytes }, [bytes.buffer]);
	}

	// ---- words for people ----
	log(bytes) {
		this.say(new TextDecoder().decode(bytes));
	}

	warn(text) {
		this.say(`elfport: ${text}\n`);
	}

	say(text) {
		this.flush();
		postMessage({ log: text });
	}

	report(kind, bytes) {
		this.log(bytes);
	}

	stop() {
		// nobody above init could continue it: it goes on
	}

	// ---- events ----
	post(...event) {
		this.events.push(event);
		this.wake?.();
	}

	// Until something happened or ms have passed (below 0: only for events), and at least one turn of the event loop.
	async turn(ms, word) {
		this.busy += performance.now() - this.entered;
		if (ms > 0 && ms < SHORT_MS && !this.events.length) {
			Atomics.wait(word, 0, Atomics.load(word, 0), ms);
			ms = 0;
		}
		let timer;
		await new Promise((resolve) => {
			this.wake = resolve;
			if (ms === 0 || this.events.length)
				this.channel.port2.postMessage(0);
			else if (ms > 0)
				timer = setTimeout(resolve, ms);
		});
		clearTimeout(timer);
		this.wake = null;
		this.entered = performance.now();
	}
}

const encode = (text) => {
	const bytes = new TextEncoder().encode(text);
	return String.fromCharCode(...bytes);
};

// The records of docs/host.md.
function configuration(boot, more) {
	const records = [['pack', '1'], ['prog', boot.args[0]], ...boot.args.map((a) => ['arg', a]), ...boot.env.map((e) => ['env', e]),
		['cwd', boot.cwd], ['uid', boot.uid], ['gid', boot.uid], ['hostname', boot.hostname], ['cpus', 1], ['memory', 4 * 2 ** 30],
		['umask', '22'], ['raw', '1'], ['termios', TERMIOS], ...more];
	const text = records.map(([k, v]) => encode(`${k}=${v}\0`)).join('');
	return new Config(Uint8Array.from(text, (c) => c.charCodeAt(0)));
}

async function run(platform, machine) {
	const word = new Int32Array(machine.kernel.memory.buffer, 0, 1);
	machine.start();
	for (;;) {
		const ms = machine.step();
		platform.flush();
		await platform.turn(ms, word);
		for (const event of platform.events.splice(0))
			machine.exports.kernel_event(...event);
	}
}

async function boot(message) {
	platform = new BrowserPlatform(message.size);
	const site = platform.site = new Site(message.base, {
		progress: (done, total) => postMessage({ progress: { done, total } }),
		arrived: () => platform.post(EVENT_FETCHED, 0, 0),
		warn: (text) => platform.warn(text),
	});
	try {
		const modules = await site.start(), config = configuration(site.manifest.boot, message.records ?? []);
		const machine = new Machine(platform, config, modules);
		postMessage({ started: true });
		await run(platform, machine);
	} catch (e) {
		platform.flush();
		if (e instanceof ExitRun)
			postMessage({ exit: e.status });
		else
			postMessage({ failed: e instanceof Missing ? e.message : `internal error: ${e.message}`, stack: String(e.stack) });
	}
}

let platform = null;

onmessage = ({ data: m }) => {
	if (m.boot)
		boot(m.boot);
	else if (m.input) {
		platform.input.push(m.input);
		platform.post(EVENT_READABLE, 0, 0);
	} else if (m.drawn)
		platform.drawn(m.drawn);
	else if (m.size) {
		platform.size = m.size;
		platform.post(EVENT_WINSIZE, 0, 0);
	} else if (m.signal)
		platform.post(EVENT_SIGNAL, m.signal, 0);
};
