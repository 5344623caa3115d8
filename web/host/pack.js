// pack.js - group "pack" of host.def: the packed root's index and its blobs.
//
// platform.pack, if there is one: { index: bytes, blob(hash in hex) -> bytes, undefined while it is being fetched, null if it cannot be had }.

const ENOENT = 2, EIO = 5, EAGAIN = 11;

export function hex(bytes) {
	let s = '';
	for (const b of bytes)
		s += (b < 16 ? '0' : '') + b.toString(16);
	return s;
}

export function pack(host) {
	const source = host.platform.pack;

	return {
		x_pack_index(buf, size) {
			if (!source)
				return -ENOENT;
			if (buf && size >= source.index.length)
				host.kernel.slice(buf, source.index.length).set(source.index);
			return source.index.length;
		},
		x_pack_read(hash, mm, addr, n, at) {
			const bytes = source ? source.blob(hex(host.kernel.slice(hash, 32))) : null;
			if (!bytes)
				return bytes === undefined ? -EAGAIN : -EIO;
			const part = bytes.subarray(at >>> 0, (at >>> 0) + (n >>> 0));
			host.views(mm).slice(addr, part.length).set(part);
			return part.length;
		},
	};
}
