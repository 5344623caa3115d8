// elf.mjs - what a program loads: its interpreter and libraries, read from the ELF headers as ld.so would look for them.

import fs from 'node:fs';
import path from 'node:path';

const PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3;
const DT_NEEDED = 1, DT_STRTAB = 5, DT_RPATH = 15, DT_RUNPATH = 29;

// null: not an x86-64 ELF file. Else { interp, needed, runpath }.
export function readElf(bytes) {
	if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1 || bytes.readUInt16LE(18) !== 62)
		return null;
	const elf = { interp: null, needed: [], runpath: [], executable: [2, 3].includes(bytes.readUInt16LE(16)) };
	const at = Number(bytes.readBigUInt64LE(32)), size = bytes.readUInt16LE(54), count = bytes.readUInt16LE(56);
	const segments = [];
	for (let i = 0; i < count; i++) {
		const p = at + i * size;
		if (p + 56 > bytes.length)
			return null;
		const word = (o) => Number(bytes.readBigUInt64LE(p + o));
		segments.push({ type: bytes.readUInt32LE(p), offset: word(8), vaddr: word(16), filesz: word(32) });
	}
	const text = (o) => bytes.toString('latin1', o, bytes.indexOf(0, o));
	const interp = segments.find((s) => s.type === PT_INTERP), dynamic = segments.find((s) => s.type === PT_DYNAMIC);
	if (interp)
		elf.interp = text(interp.offset);
	if (!dynamic)
		return elf;
	const entries = [];
	for (let p = dynamic.offset; p + 16 <= Math.min(bytes.length, dynamic.offset + dynamic.filesz); p += 16)
		entries.push([Number(bytes.readBigInt64LE(p)), Number(bytes.readBigUInt64LE(p + 8))]);
	const table = entries.find((e) => e[0] === DT_STRTAB)?.[1];
	const load = segments.find((s) => s.type === PT_LOAD && table >= s.vaddr && table < s.vaddr + s.filesz);
	if (!load)
		return elf;
	const string = (o) => text(table - load.vaddr + load.offset + o);
	for (const [tag, value] of entries) {
		if (tag === DT_NEEDED)
			elf.needed.push(string(value));
		if (tag === DT_RPATH || tag === DT_RUNPATH)
			elf.runpath.push(...string(value).split(':'));
	}
	return elf;
}

function confFolders(root, file, seen = new Set()) {
	if (seen.has(file))
		return [];
	seen.add(file);
	let lines;
	try {
		lines = fs.readFileSync(root + file, 'utf8').split('\n');
	} catch {
		return [];
	}
	return lines.flatMap((line) => {
		const words = line.replace(/#.*/, '').trim().split(/\s+/);
		if (words[0] !== 'include')
			return words[0] ? [words[0]] : [];
		const folder = path.posix.dirname(words[1]), ending = path.posix.basename(words[1]).replace('*', '');
		try {
			return fs.readdirSync(root + folder).filter((n) => n.endsWith(ending)).sort()
				.flatMap((n) => confFolders(root, `${folder}/${n}`, seen));
		} catch {
			return [];
		}
	});
}

// Finds libraries below root as ld.so does: RUNPATH, ld.so.conf, the default folders.
export class Libraries {
	constructor(root) {
		this.root = root;
		this.folders = [...confFolders(root, '/etc/ld.so.conf'), '/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64', '/usr/lib64',
			'/lib', '/usr/lib'];
	}

	find(name, elf, origin) {
		if (name.includes('/'))
			return name;
		const own = elf.runpath.map((f) => f.replace(/\$\{?ORIGIN\}?/g, origin));
		const where = [...own, ...this.folders];
		const folder = where.find((f) => fs.existsSync(`${this.root}${f}/${name}`));
		if (folder === undefined)
			throw new Error(`${name} is not in ${[...new Set(where)].join(', ')}`);
		return `${folder}/${name}`;
	}
}
