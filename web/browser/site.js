// site.js - what a page fetches: the manifest site.json, wasm modules and blobs, each checked against its SHA-256.
//
// Blobs and modules come when they are first wanted. The answer to "is it here" is bytes or a module, undefined while it is being
// fetched, null if it cannot be had; arrived() is called whenever the answer may have changed.

import { sha256 } from '../host/sha256.js';

const TRIES = 4, WAIT_MS = 400;
const KEEP_BYTES = 96 << 20, KEEP_MS = 60000;   // blobs beyond this, unused for so long, are dropped: the browser's cache has them

export class Missing extends Error {}

const base64 = (hex) => btoa(hex.replace(/../g, (h) => String.fromCharCode(parseInt(h, 16))));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A response whose body is refused by the browser if its hash is another one.
async function get(url, hash) {
	for (let n = 1; ; n++) {
		try {
			const r = await fetch(url, hash ? { integrity: `sha256-${base64(hash)}` } : { cache: 'no-cache' });
			if (!r.ok)
				throw new Missing(`${url}: the server answered ${r.status}`);
			return r;
		} catch (e) {
			if (e instanceof Missing)
				throw e;
			await explain(url, hash, e, n === TRIES);
			await pause(WAIT_MS << n);
		}
	}
}

// fetch says nothing about why: asks again without the hash. Returns if another try may help.
async function explain(url, hash, error, last) {
	let r, bytes;
	try {
		r = await fetch(url, { cache: 'reload' });
		bytes = new Uint8Array(await r.arrayBuffer());
	} catch {
		if (last)
			throw new Missing(`${url}: the server cannot be reached (${error.message})`);
		return;
	}
	if (!r.ok)
		throw new Missing(`${url}: the server answered ${r.status}`);
	if (last || (hash && sha256(bytes) !== hash))
		throw new Missing(`${url}: the content is not what the site was built with (wrong hash)`);
}

export class Site {
	// progress(done, total) in bytes, arrived(), warn(text)
	constructor(base, { progress, arrived, warn }) {
		this.base = base;
		this.progress = progress;
		this.arrived = arrived;
		this.warn = warn;
		this.blobs = new Map();                 // hash -> { bytes: as the answer, used }
		this.held = 0;
		this.code = new Map();                  // SHA-256 of an ELF file -> module, as the answer
		this.resumes = new Map();
	}

	url(path) {
		return new URL(path, this.base).href;
	}

	async module(file) {
		const url = this.url(file.url), response = await get(url, file.sha256);
		if (/^application\/wasm/.test(response.headers.get('Content-Type') ?? ''))
			return WebAssembly.compileStreaming(response);
		return WebAssembly.compile(await response.arrayBuffer());
	}

	async bytes(file) {
		return new Uint8Array(await (await get(this.url(file.url), file.sha256)).arrayBuffer());
	}

	// Everything that the first program needs. Answers { engine, kernel }, and index and manifest are there.
	async start() {
		let m;
		try {
			m = this.manifest = await (await get(this.url('site.json'))).json();
		} catch (e) {
			throw e instanceof Missing ? e : new Missing(`${this.url('site.json')}: ${e.message}`);
		}
		if (m.format !== 1)
			throw new Missing(`${this.url('site.json')} has a format that this page does not know`);
		const total = m.engine.size + m.kernel.size + m.index.size + m.warm.blobs.reduce((n, b) => n + b.size, 0) +
			m.warm.code.reduce((n, h) => n + m.code[h].code.size, 0);
		let done = 0;
		const count = async (size, promise) => {
			const r = await promise;
			this.progress(done += size, total);
			return r;
		};
		this.progress(0, total);
		const [engine, kernel, index] = await Promise.all([count(m.engine.size, this.module(m.engine)), count(m.kernel.size, this.module(m.kernel)),
			count(m.index.size, this.bytes(m.index)), ...m.warm.blobs.map((b) => count(b.size, this.fetchBlob(b.sha256))),
			...m.warm.code.map((h) => count(m.code[h].code.size, this.fetchCode(h)))]);
		this.index = index;
		return { engine, kernel };
	}

	// ---- blobs ----
	async fetchBlob(hash) {
		const entry = { bytes: undefined, used: performance.now() };
		this.blobs.set(hash, entry);
		entry.bytes = await this.bytes({ url: `data/${hash}`, sha256: hash });
		this.held += entry.bytes.length;
		this.trim();
	}

	blob(hash) {
		const entry = this.blobs.get(hash);
		if (!entry) {
			this.fetchBlob(hash).catch((e) => {
				this.warn(e.message);
				this.blobs.get(hash).bytes = null;
			}).finally(() => this.arrived());
			return undefined;
		}
		entry.used = performance.now();
		if (entry.bytes === null)
			this.blobs.delete(hash);        // the next reader tries again
		return entry.bytes;
	}

	trim() {
		const old = performance.now() - KEEP_MS;
		for (const [hash, entry] of this.held > KEEP_BYTES ? this.blobs : []) {
			if (entry.bytes && entry.used < old) {
				this.held -= entry.bytes.length;
				this.blobs.delete(hash);
			}
		}
	}

	// ---- recompiled code ----
	async fetchCode(hash) {
		this.code.set(hash, undefined);
		const module = await this.module(this.manifest.code[hash].code);
		this.code.set(hash, module);
		this.knownResume(hash);                 // will be wanted soon, and nobody waits for it
	}

	known(map, hash, fetchIt) {
		if (!map.has(hash))
			fetchIt().catch((e) => {
				this.warn(`${e.message}; the interpreter does its work`);
				map.set(hash, null);
			}).finally(() => this.arrived());
		return map.get(hash);
	}

	knownModule(hash) {
		return this.manifest.code[hash] ? this.known(this.code, hash, () => this.fetchCode(hash)) : null;
	}

	knownResume(hash) {
		const file = this.manifest.code[hash]?.resume;
		return file ? this.known(this.resumes, hash, async () => {
			this.resumes.set(hash, undefined);
			this.resumes.set(hash, await this.module(file));
		}) : null;
	}
}
