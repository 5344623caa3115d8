// store.js - group "store" of host.def: files of the host, through a Node-like synchronous fs. Handles are its descriptors.

const NAMES = ['stat', 'open', 'close', 'fstat', 'read', 'write', 'truncate', 'sync', 'list', 'readlink', 'mkdir', 'unlink', 'rename',
	'link', 'symlink', 'chmod', 'chown', 'utimes'];
const ENOENT = 2, EIO = 5, ERANGE = 34, ENOTSUP = 95;
const DT = { fifo: 1, chr: 2, dir: 4, blk: 6, reg: 8, lnk: 10, sock: 12, unknown: 0 };

function errno(e) {
	if (typeof e.errno === 'number' && e.errno < 0)
		return e.errno;
	if (e instanceof RangeError || e instanceof TypeError)
		return -EIO;
	throw e;
}

function dtype(d) {
	if (d.isFile())
		return DT.reg;
	if (d.isDirectory())
		return DT.dir;
	if (d.isSymbolicLink())
		return DT.lnk;
	if (d.isCharacterDevice())
		return DT.chr;
	if (d.isBlockDevice())
		return DT.blk;
	if (d.isFIFO())
		return DT.fifo;
	return d.isSocket() ? DT.sock : DT.unknown;
}

function putstat(host, p, s) {
	const d = host.kernel.upto((p >>> 0) + 96).data;
	let at = p >>> 0;
	for (const v of [s.dev, s.ino, s.size, s.blocks, s.rdev]) {
		d.setBigUint64(at, v, true);
		at += 8;
	}
	for (const v of [s.atimeNs, s.mtimeNs, s.ctimeNs]) {
		d.setBigInt64(at, v, true);
		at += 8;
	}
	for (const v of [s.mode, s.nlink, s.uid, s.gid, s.blksize, 0n]) {
		d.setUint32(at, Number(v), true);
		at += 4;
	}
	return 0;
}

function list(fs, path) {
	const entries = fs.readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
	let size = 0;
	for (const e of entries)
		size += 2 + e.name.length;
	const out = new Uint8Array(size);
	let at = 0;
	for (const e of entries) {
		out[at++] = dtype(e);
		out[at++] = e.name.length;
		out.set(e.name, at);
		at += e.name.length;
	}
	return out;
}

export function store(host) {
	const { fs } = host.platform;               // missing: there are no host files
	const path = (p, n) => Buffer.from(host.kernel.copy(p, n));
	const secs = (ns) => Number(ns / 1000n) / 1e6 * (1 + Number.EPSILON);     // the next number up: Node cuts what is below a microsecond
	// A missing file is an error object, for which V8 looks up where each function on the stack is: 0.3 ms for a guest's long ones.
	const attempt = (f) => {
		const limit = Error.stackTraceLimit;
		Error.stackTraceLimit = 0;
		try {
			const r = f();
			return typeof r === 'number' ? r : 0;
		} catch (e) {
			return errno(e);
		} finally {
			Error.stackTraceLimit = limit;
		}
	};
	const id = (n) => n === -1 ? n : n >>> 0;       // -1 stays as it is
	const last = { key: '', bytes: null };      // the listing that was too long for the caller's first buffer

	if (!fs)
		return Object.fromEntries(NAMES.map((name) => [`x_store_${name}`, () => -ENOENT]));
	return {
		x_store_stat: (p, n, follow, st) => attempt(() => putstat(host, st,
			follow ? fs.statSync(path(p, n), { bigint: true }) : fs.lstatSync(path(p, n), { bigint: true }))),
		x_store_open: (p, n, flags, mode) => attempt(() => fs.openSync(path(p, n), flags, mode)),
		x_store_close: (h) => void attempt(() => fs.closeSync(h)),
		x_store_fstat: (h, st) => attempt(() => putstat(host, st, fs.fstatSync(h, { bigint: true }))),
		x_store_read: (h, mm, addr, n, pos) => attempt(() =>
			n === 0 ? 0 : fs.readSync(h, host.views(mm).slice(addr, n), 0, n >>> 0, pos)),
		x_store_write: (h, mm, addr, n, pos) => attempt(() =>
			n === 0 ? 0 : fs.writeSync(h, host.views(mm).slice(addr, n), 0, n >>> 0, pos < 0n ? null : Number(pos))),
		x_store_truncate: (h, size) => attempt(() => fs.ftruncateSync(h, Number(size))),
		x_store_sync: (h) => attempt(() => fs.fsyncSync(h)),
		x_store_list(p, n, buf, size) {
			return attempt(() => {
				const name = path(p, n), key = name.toString('latin1');
				const bytes = last.key === key ? last.bytes : list(fs, name);
				last.key = '';
				if (bytes.length > size) {
					last.key = key;
					last.bytes = bytes;
					return -ERANGE;
				}
				last.bytes = null;
				host.kernel.slice(buf, bytes.length).set(bytes);
				return bytes.length;
			});
		},
		x_store_readlink: (p, n, buf, size) => attempt(() => {
			const to = fs.readlinkSync(path(p, n), { encoding: 'buffer' }).subarray(0, size);
			host.kernel.slice(buf, to.length).set(to);
			return to.length;
		}),
		x_store_mkdir: (p, n, mode) => attempt(() => fs.mkdirSync(path(p, n), { mode })),
		x_store_unlink: (p, n, dir) => attempt(() => dir ? fs.rmdirSync(path(p, n)) : fs.unlinkSync(path(p, n))),
		x_store_rename: (p, n, q, m) => attempt(() => fs.renameSync(path(p, n), path(q, m))),
		x_store_link: (p, n, q, m) => attempt(() => fs.linkSync(path(p, n), path(q, m))),
		x_store_symlink: (t, n, q, m) => attempt(() => fs.symlinkSync(path(t, n), path(q, m))),
		x_store_chmod: (p, n, mode) => attempt(() => fs.chmodSync(path(p, n), mode)),
		x_store_chown: (p, n, uid, gid) => attempt(() => fs.lchownSync(path(p, n), id(uid), id(gid))),
		x_store_utimes: (p, n, atime, mtime) => attempt(() => fs.lutimesSync ?
			fs.lutimesSync(path(p, n), secs(atime), secs(mtime)) : -ENOTSUP),
	};
}
