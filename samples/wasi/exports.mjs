// exports.mjs IN OUT: keeps the exports _start and kernel_memory, the latter under WASI's name "memory".
import { readFileSync, writeFileSync } from 'node:fs';

const bytes = readFileSync(process.argv[2]), out = [bytes.subarray(0, 8)];
const leb = (b, p) => {
	let v = 0, s = 0, c;
	do {
		c = b[p++];
		v += (c & 127) * 2 ** s;
		s += 7;
	} while (c & 128);
	return [v, p];
};
const unleb = v => v < 128 ? [v] : [v % 128 | 128, ...unleb(Math.floor(v / 128))];
for (let p = 8; p < bytes.length;) {
	const id = bytes[p], [size, q] = leb(bytes, p + 1);
	let body = bytes.subarray(q, q + size);
	p = q + size;
	if (id === 7) {
		const kept = [];
		let [n, at] = leb(body, 0);
		for (; n > 0; n--) {
			const [len, r] = leb(body, at), name = Buffer.from(body.subarray(r, r + len)).toString(), end = leb(body, r + len + 1)[1];
			const keep = { _start: '_start', kernel_memory: 'memory' }[name];
			if (keep)
				kept.push([...unleb(keep.length), ...Buffer.from(keep), ...body.subarray(r + len, end)]);
			at = end;
		}
		body = Buffer.from([...unleb(kept.length), ...kept.flat()]);
	}
	out.push(Buffer.from([id, ...unleb(body.length)]), body);
}
writeFileSync(process.argv[3], Buffer.concat(out));
