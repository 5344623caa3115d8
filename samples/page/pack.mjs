// pack.mjs - a tree of files becomes a packed root: one index and content-addressed blobs (docs/host.md, runtime/fs/packfs.c).

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const S_IFMT = 0o170000, S_IFDIR = 0o040000, S_IFREG = 0o100000, S_IFLNK = 0o120000;
const BLOB = 1 << 20;                           // large files are cut at this size, small ones gathered up to a quarter of it
const NODE = 56, HEAD = 24, BLOB_RECORD = 48;
const LINKS_MAX = 40;

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

// The tree that will be packed. Paths are guest paths; `from` is the host folder that they are read from.
export class Tree {
	constructor() {
		this.root = { mode: S_IFDIR | 0o755, uid: 0, gid: 0, mtime: 0n, children: new Map() };
		this.inodes = new Map();                // host (dev, ino) -> node of a regular file
	}

	folder(guest, mode, uid) {
		const parts = guest.split('/').filter(Boolean);
		let at = this.root;
		for (const [i, name] of parts.entries()) {
			let next = at.children.get(name);
			if (!next)
				at.children.set(name, next = { mode: S_IFDIR | 0o755, uid: 0, gid: 0, mtime: 0n, children: new Map() });
			if (next.target !== undefined)
				return this.folder(path.posix.resolve('/', ...parts.slice(0, i), next.target, ...parts.slice(i + 1)), mode, uid);
			at = next;
		}
		if (!at.children)
			throw new Error(`${guest} is no folder`);
		if (mode !== undefined)
			at.mode = S_IFDIR | mode;
		if (uid !== undefined)
			at.uid = at.gid = uid;
		return at;
	}

	// a symbolic link, unless there is something
	link(guest, target) {
		const dir = this.folder(path.posix.dirname(guest)), name = path.posix.basename(guest);
		if (!dir.children.has(name))
			dir.children.set(name, { mode: S_IFLNK | 0o777, uid: 0, gid: 0, mtime: 0n, target });
	}

	// Adds the file, link or folder (with all below it) at this path, and what links on the way point to. Answers its path without links.
	add(from, guest, depth = 0) {
		const parts = path.posix.normalize(guest).split('/').filter(Boolean);
		let at = this.root, here = '';
		for (let i = 0; i < parts.length; i++) {
			const host = `${from}${here}/${parts[i]}`, s = fs.lstatSync(host, { bigint: true }), rest = parts.slice(i + 1);
			if (s.isSymbolicLink()) {
				if (depth > LINKS_MAX)
					throw new Error(`${guest}: too many links`);
				const target = fs.readlinkSync(host);
				this.put(at, parts[i], s, { target });
				return this.add(from, path.posix.resolve(here || '/', target, ...rest), depth + 1);
			}
			here += `/${parts[i]}`;
			if (!s.isDirectory()) {
				this.file(at, parts[i], s, host);
				return here;
			}
			at = this.put(at, parts[i], s, { children: at.children.get(parts[i])?.children ?? new Map() });
		}
		this.below(at, `${from}${here}`, here);
		return here || '/';
	}

	// Lays what is below a host folder over this one; where there is a link to a folder, over that.
	below(at, host, where = '') {
		for (const name of fs.readdirSync(host)) {
			const s = fs.lstatSync(`${host}/${name}`, { bigint: true });
			if (s.isSymbolicLink())
				this.put(at, name, s, { target: fs.readlinkSync(`${host}/${name}`) });
			else if (s.isDirectory()) {
				const old = at.children.get(name), next = old?.target !== undefined ? this.folder(`${where}/${name}`) :
					this.put(at, name, s, { children: old?.children ?? new Map() });
				this.below(next, `${host}/${name}`, `${where}/${name}`);
			}
			else
				this.file(at, name, s, `${host}/${name}`);
		}
	}

	put(at, name, s, more) {
		const node = { mode: Number(s.mode), uid: Number(s.uid), gid: Number(s.gid), mtime: s.mtimeNs, ...more };
		at.children.set(name, node);
		return node;
	}

	file(at, name, s, host) {
		if (!s.isFile())                        // sockets, devices and FIFOs of the host are nobody's files
			return;
		const key = `${s.dev}:${s.ino}`, known = this.inodes.get(key);
		if (known)
			return void at.children.set(name, known);
		this.inodes.set(key, this.put(at, name, s, { host, size: Number(s.size) }));
	}

	// Everything under another owner: what the builder's own machine calls its users means nothing in the guest.
	own(uid, gid) {
		for (const [, n] of this.walk())
			n.uid = n.gid = 0;
		this.root.uid = uid;
		this.root.gid = gid;
	}

	* walk(at = this.root, where = '') {
		for (const [name, n] of at.children) {
			yield [`${where}/${name}`, n];
			if (n.children)
				yield* this.walk(n, `${where}/${name}`);
		}
	}

	get(guest) {
		let at = this.root;
		for (const name of guest.split('/').filter(Boolean))
			at = at?.children?.get(name);
		return at;
	}
}

class Blobs {
	constructor(write) {
		this.write = write;
		this.records = [];
		this.start = 0n;
		this.gathered = [];
		this.size = 0;
	}

	get position() {
		return this.start + BigInt(this.size);
	}

	// answers where in the stream the bytes are, and the numbers of the blobs that hold them
	add(bytes) {
		if (bytes.length > BLOB / 4 || this.size + bytes.length > BLOB / 4)
			this.cut();
		const at = this.position, first = this.records.length;
		for (let p = 0; p < bytes.length; p += BLOB) {
			this.gathered.push(bytes.subarray(p, p + BLOB));
			this.size += Math.min(BLOB, bytes.length - p);
			if (this.size >= BLOB / 4)
				this.cut();
		}
		return { at, first, last: Math.max(first, this.size ? this.records.length : this.records.length - 1) };
	}

	cut() {
		if (!this.size)
			return;
		const bytes = Buffer.concat(this.gathered), hash = sha256(bytes);
		this.write(hash.toString('hex'), bytes);
		this.records.push({ start: this.start, size: this.size, hash });
		this.start += BigInt(this.size);
		this.gathered = [];
		this.size = 0;
	}
}

// Folders' children stand next to each other, sorted by their bytes.
function number(tree) {
	const order = [{ name: Buffer.alloc(0), node: tree.root }];
	for (let i = 0; i < order.length; i++) {
		const n = order[i].node;
		if (!n.children)
			continue;
		n.first = order.length;
		order.push(...[...n.children].map(([name, node]) => ({ name: Buffer.from(name), node })).sort((a, b) => Buffer.compare(a.name, b.name)));
	}
	return order;
}

// write(hash, bytes) stores a blob. isElf(bytes) says whether the file's hash must be known. Every file node gets { blobs: [first, last], elf: hash }.
export function packTree(tree, write, isElf) {
	const order = number(tree), blobs = new Blobs(write), text = [], hashes = [], done = new Map();
	let textSize = 0;
	const put = (bytes) => {
		text.push(bytes);
		textSize += bytes.length;
		return textSize - bytes.length;
	};
	const links = new Map();
	for (const { node } of order)
		links.set(node, (links.get(node) ?? 0) + 1);
	const fileData = (node) => {
		if (done.has(node))
			return;
		const bytes = fs.readFileSync(node.host);
		node.size = bytes.length;
		node.place = blobs.add(bytes);
		if (isElf(bytes)) {
			node.elf = sha256(bytes);
			hashes.push(node.elf);
			node.elfNumber = hashes.length;
		}
		done.set(node, done.size);
	};
	const records = order.map(({ name, node }, i) => {
		const b = Buffer.alloc(NODE), kind = node.mode & S_IFMT, link = node.target === undefined ? null : Buffer.from(node.target);
		if (kind === S_IFREG)
			fileData(node);
		node.ino ??= i + 1;
		const nlink = node.children ? 2 + [...node.children.values()].filter((c) => c.children).length : links.get(node);
		const size = node.children ? node.children.size : link ? link.length : node.size;
		const data = node.children ? node.first : kind === S_IFLNK ? put(link) : node.place.at;
		[put(name), name.length, node.mode, node.uid, node.gid, nlink, node.ino, node.elfNumber ?? 0]
			.forEach((v, k) => b.writeUInt32LE(v, 4 * k));
		b.writeBigInt64LE(BigInt(node.mtime), 32);
		b.writeBigUInt64LE(BigInt(size), 40);
		b.writeBigUInt64LE(BigInt(data), 48);
		return b;
	});
	blobs.cut();
	const head = Buffer.alloc(HEAD);
	head.write('elfpack1', 'latin1');
	[records.length, blobs.records.length, hashes.length, textSize].forEach((v, k) => head.writeUInt32LE(v, 8 + 4 * k));
	const table = blobs.records.map((r) => {
		const b = Buffer.alloc(BLOB_RECORD);
		b.writeBigUInt64LE(r.start, 0);
		b.writeUInt32LE(r.size, 8);
		r.hash.copy(b, 16);
		return b;
	});
	return { index: Buffer.concat([head, ...records, ...table, ...hashes, ...text]), blobs: blobs.records };
}
