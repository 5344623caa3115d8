// link.mjs describe DIR PROGRAM: writes program.h and program.c (the ELF file and the code map) and guest.wat for host.c's build.
// link.mjs rename IN OUT FROM.NAME=TO.NAME...: renames imports ("env.memory=guest.memory"; a name of * means all of that module)
//   and makes imported memories unshared with the limits of guest.wat, so that wasm-merge can join them.
// link.mjs slots IN OUT: code.wasm also exports what it puts into the table, by the numbers by which resume.wasm imports it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENGINE_SLOTS = 1024;

function
sections(bytes)
{
	const out = [];
	for (let p = 8; p < bytes.length;) {
		const id = bytes[p++], [size, q] = leb(bytes, p);
		out.push({ id, body: bytes.subarray(q, q + size) });
		p = q + size;
	}
	return out;
}

function
leb(b, p)
{
	let v = 0, s = 0, c;
	do {
		c = b[p++];
		v += (c & 127) * 2 ** s;
		s += 7;
	} while (c & 128);
	return [v, p];
}

function
unleb(v)
{
	const out = [];
	do {
		out.push(v % 128 | (v >= 128 ? 128 : 0));
		v = Math.floor(v / 128);
	} while (v);
	return out;
}

function
custom(bytes, name)
{
	for (const { id, body } of sections(bytes))
		if (id === 0) {
			const [n, p] = leb(body, 0);
			if (Buffer.from(body.subarray(p, p + n)).toString() === name)
				return body.subarray(p + n);
		}
	throw new Error(`no section ${name}`);
}

function
describe(dir, program)
{
	const map = Buffer.from(custom(readFileSync(join(dir, 'code.wasm')), 'elfport.map')), elf = readFileSync(program);
	const [, nfunc, nresume, slots, resumeSlots] = [0, 4, 8, 12, 16].map(o => map.readUInt32LE(o));
	const resume = existsSync(join(dir, 'resume.wasm')) ? resumeSlots : 0;
	const array = (name, b) => `const unsigned char ${name}[] = {${b.join(',')}};\n`;
	writeFileSync(join(dir, 'program.h'), `#define PROGRAM_NFUNC ${nfunc}\n#define PROGRAM_NRESUME ${nresume}\n#define PROGRAM_SLOTS ${slots}\n` +
		`#define PROGRAM_RESUME_SLOTS ${resume}\n#define PROGRAM_TABLE_BASE ${ENGINE_SLOTS}\n#define PROGRAM_SIZE ${elf.length}\n`);
	writeFileSync(join(dir, 'program.c'), array('program_elf', elf) + array('program_map', map.subarray(20, 20 + 8 * (nfunc + nresume))));
	const wat = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'guest.wat'), 'utf8');
	writeFileSync(join(dir, 'guest.wat'), wat.replace('@TABLE@', ENGINE_SLOTS + slots + resumeSlots).replace('@TABLE_BASE@', ENGINE_SLOTS)
		.replace('@RESUME_BASE@', ENGINE_SLOTS + slots));
}

function
rename(input, output, rules)
{
	const bytes = readFileSync(input), out = [bytes.subarray(0, 8)];
	const target = (mod, name) => {
		for (const r of rules) {
			const [from, to] = r.split('='), [fm, fn] = from.split('.'), [tm, tn] = to.split('.');
			if (fm === mod && (fn === '*' || fn === name))
				return [tm, tn === '*' ? name : tn];
		}
		return [mod, name];
	};
	for (const { id, body } of sections(bytes)) {
		let b = body;
		if (id === 2) {
			let [n, p] = leb(body, 0);
			const parts = [...unleb(n)];
			for (; n > 0; n--) {
				const text = () => {
					const [len, q] = leb(body, p);
					p = q + len;
					return Buffer.from(body.subarray(q, p)).toString();
				};
				const [mod, name] = target(text(), text()), at = p, kind = body[p++];
				for (const s of [mod, name])
					parts.push(...unleb(Buffer.byteLength(s)), ...Buffer.from(s));
				if (kind === 2) {
					const flags = body[p++];
					const [min, q] = leb(body, p), [max, r] = flags & 1 ? leb(body, q) : [65536, q];
					p = r;
					parts.push(2, 1, ...unleb(min), ...unleb(max));
					continue;
				}
				if (kind === 0)
					p = leb(body, p)[1];
				else if (kind === 3)
					p += 2;
				else if (kind === 1) {
					const flags = body[p + 1];
					p = leb(body, p + 2)[1];
					if (flags & 1)
						p = leb(body, p)[1];
				}
				parts.push(...body.subarray(at, p));
			}
			b = Buffer.from(parts);
		}
		out.push(Buffer.from([id, ...unleb(b.length)]), b);
	}
	writeFileSync(output, Buffer.concat(out));
}

// Function indices of the active element segment, in table order.
function
slots(body)
{
	let [, p] = leb(body, 0), n;
	if (body[p] !== 0)
		throw new Error(`element segment of kind ${body[p]}`);
	p = body.indexOf(0x0b, p) + 1;                  // behind global.get table_base, end
	[n, p] = leb(body, p);
	return Array.from({ length: n }, () => {
		const [v, q] = leb(body, p);
		p = q;
		return v;
	});
}

function
exportSlots(input, output)
{
	const bytes = readFileSync(input), parts = sections(bytes), table = slots(parts.find(s => s.id === 9).body);
	const out = [bytes.subarray(0, 8)];
	for (const { id, body } of parts) {
		let b = body;
		if (id === 7) {
			const [n, p] = leb(body, 0);
			const more = table.flatMap((f, i) => [...unleb(`${i}`.length), ...Buffer.from(`${i}`), 0, ...unleb(f)]);
			b = Buffer.concat([Buffer.from(unleb(n + table.length)), body.subarray(p), Buffer.from(more)]);
		}
		out.push(Buffer.from([id, ...unleb(b.length)]), b);
	}
	writeFileSync(output, Buffer.concat(out));
}

const [what, ...rest] = process.argv.slice(2);
if (what === 'describe')
	describe(...rest);
else if (what === 'slots')
	exportSlots(...rest);
else
	rename(rest[0], rest[1], rest.slice(2));
