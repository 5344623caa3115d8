// shared.mjs - what main thread and CPU worker share under Node: an array of control words and two rings of input bytes.

// control words
export const SEQ = 0;            // counts events; the worker waits on it
export const EVENTS = 1;         // bits EV_*
export const SIGNALS = 2;        // bit n - 1 of two words: host signal n arrived
export const CONTINUED = 4;      // counts SIGCONTs after a stop
export const RING = 8;           // per ring: head, tail, state, end of file
export const RING_WORDS = 4;
export const HEAD = 0, TAIL = 1, STATE = 2, EOF = 3;
export const WORDS = 32;
export const RING_SIZE = 65536;

export const EV_PIPE = 1, EV_TTY = 2, EV_WINSIZE = 4, EV_SIGNAL = 8;
export const PIPE = 0, TTY = 1;  // ring numbers: standard input that is no terminal; the terminal

// ring states: nobody reads; the main thread reads (the worker keeps its hands off)
export const IDLE = 0, READING = 1;

export function makeShared() {
	return new SharedArrayBuffer(4 * WORDS + 2 * RING_SIZE);
}

export class Shared {
	constructor(sab) {
		this.sab = sab;
		this.words = new Int32Array(sab, 0, WORDS);
		this.bytes = [0, 1].map((n) => new Uint8Array(sab, 4 * WORDS + n * RING_SIZE, RING_SIZE));
	}

	word(ring, which) {
		return RING + ring * RING_WORDS + which;
	}

	get(ring, which) {
		return Atomics.load(this.words, this.word(ring, which));
	}

	set(ring, which, v) {
		Atomics.store(this.words, this.word(ring, which), v);
	}

	count(ring) {
		return (this.get(ring, HEAD) - this.get(ring, TAIL)) >>> 0;
	}

	room(ring) {
		return RING_SIZE - this.count(ring);
	}

	// producer (main thread)
	put(ring, bytes) {
		let head = this.get(ring, HEAD);
		for (const b of bytes)
			this.bytes[ring][head++ & (RING_SIZE - 1)] = b;
		this.set(ring, HEAD, head | 0);
	}

	// consumer (worker); returns bytes moved
	take(ring, view) {
		const n = Math.min(view.length, this.count(ring));
		let tail = this.get(ring, TAIL);
		for (let i = 0; i < n; i++)
			view[i] = this.bytes[ring][tail++ & (RING_SIZE - 1)];
		this.set(ring, TAIL, tail | 0);
		return n;
	}

	post(event) {
		Atomics.or(this.words, EVENTS, event);
		Atomics.add(this.words, SEQ, 1);
		Atomics.notify(this.words, SEQ);
	}
}
