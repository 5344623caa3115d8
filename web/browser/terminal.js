// terminal.js - the page's side of a run: starts the CPU worker and carries bytes between it and a terminal.
//
// To the worker: { boot: { base, size, records } }, { input: bytes }, { drawn: bytes drawn }, { size: { rows, cols } }, { signal: number }.
// From it: { progress: { done, total } }, { started }, { output: bytes }, { log: text }, { exit: wait status }, { failed: text, stack }.

export class Run {
	// on: { progress(done, total), started(), output(bytes, drawn), log(text), ended({ code, signal } or { failed }) }
	constructor(base, size, on, records = []) {
		this.on = on;
		this.over = false;
		this.worker = new Worker(new URL('./cpu.js', import.meta.url), { type: 'module' });
		this.worker.onmessage = ({ data }) => this.message(data);
		this.worker.onerror = (e) => this.end({ failed: `the worker cannot run: ${e.message || 'its script cannot be loaded'}` });
		this.worker.postMessage({ boot: { base, size, records } });
	}

	message(m) {
		if (m.output)
			this.on.output(m.output, () => this.send({ drawn: m.output.length }));
		else if (m.log !== undefined)
			this.on.log(m.log);
		else if (m.progress)
			this.on.progress(m.progress.done, m.progress.total);
		else if (m.started)
			this.on.started();
		else if (m.exit !== undefined)
			this.end({ code: m.exit >> 8 & 0xff, signal: m.exit & 0x7f });
		else if (m.failed !== undefined) {
			console.error(m.stack);
			this.end({ failed: m.failed });
		}
	}

	end(how) {
		if (this.over)
			return;
		this.over = true;
		this.worker.terminate();
		this.on.ended(how);
	}

	send(message) {
		if (!this.over)
			this.worker.postMessage(message);
	}

	input(bytes) {
		this.send({ input: bytes });
	}

	resize(size) {
		this.send({ size });
	}

	signal(number) {
		this.send({ signal: number });
	}
}
