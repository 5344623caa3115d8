// machine.js - one CPU: the kernel instance, its imports, and what steps it. Node runs the loop here, the browser one of its own.

import { Views } from './views.js';
import { clock } from './clock.js';
import { consoleGroup } from './console.js';
import { store } from './store.js';
import { pack } from './pack.js';
import { boot, ExitRun } from './boot.js';
import { vm } from './vm.js';
import { CodeStore } from './code.js';
import { libcImports } from './libc.js';

const KERNEL_PAGES = 256, KERNEL_MAX = 16384;

export const EVENT_READABLE = 1, EVENT_WRITABLE = 2, EVENT_WINSIZE = 3, EVENT_SIGNAL = 4, EVENT_FETCHED = 5;

export class Machine {
	// modules: { engine, kernel }
	constructor(platform, config, modules) {
		this.platform = platform;
		this.config = config;
		this.modules = modules;
		const memory = new WebAssembly.Memory({ initial: KERNEL_PAGES, maximum: KERNEL_MAX, shared: true });
		this.kernel = new Views(memory);
		this.code = new CodeStore(this);
		const all = { ...vm(this), ...clock(this), ...consoleGroup(this), ...store(this), ...pack(this), ...boot(this) };
		const watch = platform.watch?.(this);           // tools/lockstep
		const groups = watch ? watch.hosts(all) : all;
		this.doors = {};
		const instance = new WebAssembly.Instance(modules.kernel, {
			env: libcImports(modules.kernel, () => this.kernel, { memory }),
			host: groups,
		});
		this.exports = instance.exports;
		this.kernelSp = instance.exports.__stack_pointer;
		for (const [name, f] of Object.entries(instance.exports))
			if (name.startsWith('door_'))
				this.doors[name] = f;
		if (watch)
			this.doors = watch.doors(this.doors);
		this.engineImports = (engine) => watch ? watch.engine(engine) : engine;
	}

	// start() and step() throw ExitRun when init has ended.
	start() {
		this.exports.__wasm_call_ctors?.();
		this.exports.kernel_boot();
	}

	// One turn of the kernel; milliseconds until the next, below 0: an event must come first.
	step() {
		const ns = this.exports.kernel_step();
		return ns < 0n ? -1 : Number(ns) / 1e6;
	}

	// Runs until init has ended; returns its wait status. platform.idle(ms) waits for events (ms < 0: without limit, 0: only looks).
	run() {
		try {
			this.start();
			for (;;)
				this.platform.idle(this.step(), this.exports.kernel_event);
		} catch (e) {
			if (e instanceof ExitRun)
				return e.status;
			throw e;
		}
	}
}
