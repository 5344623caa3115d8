// sum.mjs - a sum over a file's bytes: finds damage, is no protection. The recompiler writes the same (recompiler/emit/module.c).

const HEADER = Buffer.from('\0\x10\x0belfport.sum', 'latin1'), TAIL = HEADER.length + 4;

// Of the first n bytes, which begin at a multiple of 4: four sums over every fourth 32-bit word, since V8 then waits for no multiplication.
export function sum(bytes, n = bytes.length) {
	const words = new Int32Array(bytes.buffer, bytes.byteOffset, n >> 2), end = words.length & ~3;
	let a = n | 0, b = 0, c = 0, d = 0;
	for (let i = 0; i < end; i += 4) {
		a = Math.imul(a, 31) + words[i] | 0;
		b = Math.imul(b, 31) + words[i + 1] | 0;
		c = Math.imul(c, 31) + words[i + 2] | 0;
		d = Math.imul(d, 31) + words[i + 3] | 0;
	}
	for (let i = end << 2; i < n; i++)
		a = Math.imul(a, 31) + bytes[i] | 0;
	for (const x of [b, c, d])
		a = Math.imul(a, 31) + x | 0;
	return a >>> 0;
}

// Does a module's last section, elfport.sum, hold the sum of all that stands before it?
export function isWhole(module) {
	const n = module.length - TAIL;
	return n > 0 && HEADER.equals(module.subarray(n, n + HEADER.length)) && sum(module, n) === module.readUInt32LE(n + HEADER.length);
}
