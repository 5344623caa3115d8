// sha256.js - SHA-256 (FIPS 180-4) without waiting: the platform's own digest in a browser only answers later. Bytes in, hex out.

const K = new Uint32Array(64), H0 = new Uint32Array(8);

// the first 32 bits of the fractional parts of cube and square roots of the first primes
for (let n = 2, i = 0; i < 64; n++) {
	let prime = true;
	for (let d = 2; d * d <= n; d++)
		prime = prime && n % d !== 0;
	if (!prime)
		continue;
	if (i < 8)
		H0[i] = (Math.sqrt(n) % 1) * 2 ** 32;
	K[i++] = (Math.cbrt(n) % 1) * 2 ** 32;
}

function block(h, w, data, at) {
	for (let i = 0; i < 16; i++)
		w[i] = data.getUint32(at + 4 * i);
	for (let i = 16; i < 64; i++) {
		const a = w[i - 15], b = w[i - 2];
		w[i] = w[i - 16] + w[i - 7] + ((a >>> 7 | a << 25) ^ (a >>> 18 | a << 14) ^ a >>> 3) +
			((b >>> 17 | b << 15) ^ (b >>> 19 | b << 13) ^ b >>> 10);
	}
	let [a, b, c, d, e, f, g, k] = h;
	for (let i = 0; i < 64; i++) {
		const t = k + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + ((e & f) ^ (~e & g)) + K[i] + w[i] | 0;
		const u = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) ^ (a & c) ^ (b & c)) | 0;
		k = g;
		g = f;
		f = e;
		e = d + t | 0;
		d = c;
		c = b;
		b = a;
		a = t + u | 0;
	}
	[a, b, c, d, e, f, g, k].forEach((v, i) => h[i] += v);
}

export function sha256(bytes) {
	const h = H0.slice(), w = new Uint32Array(64), whole = bytes.length & ~63, rest = bytes.length - whole;
	const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	for (let at = 0; at < whole; at += 64)
		block(h, w, data, at);
	const tail = new Uint8Array(rest < 56 ? 64 : 128), end = new DataView(tail.buffer);
	tail.set(bytes.subarray(whole));
	tail[rest] = 0x80;
	end.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
	end.setUint32(tail.length - 4, bytes.length << 3);
	for (let at = 0; at < tail.length; at += 64)
		block(h, w, end, at);
	return [...h].map((v) => v.toString(16).padStart(8, '0')).join('');
}
