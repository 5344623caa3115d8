// Unmodified Debian programs, dynamically linked: native, qemu-x86_64 and elfport, interleaved, as ratios to native; then starts and forks.
//   programs.mjs [--rounds N] [--scale F] [NAME...]      table on stdout, build/bench-programs.json
// Each program gets enough work to run a second or more natively (--scale takes less); what it prints must be equal. "net" takes off what the
// same program needs with the least work. Ratios are medians over the rounds.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { best, geomean, measure, median, parameters } from './measure.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, '../..');
const out = join(top, 'build/bench');
const elfport = join(top, 'build/elfport');
const script = name => join(here, 'programs', name);
const data = name => join(out, name);

// argv as a function of the amount of work; the limits are what the project aims at
const programs = [
	{ name: 'gzip', amount: 7, limit: 2.5, argv: n => ['/usr/bin/gzip', '-c', ...files(n)] },
	{ name: 'xz', amount: 2, limit: 2.5, argv: n => ['/usr/bin/xz', '-2', '-T1', '-c', ...files(n)] },
	{ name: 'sha256sum', amount: 100, limit: 2.5, argv: n => ['/usr/bin/sha256sum', ...files(n)] },
	{ name: 'sqlite', amount: 5, limit: 2.5, argv: n => ['/usr/bin/sqlite3', ...databases(n)] },
	{ name: 'lua', amount: 80, limit: 3.5, argv: n => ['/usr/bin/lua5.4', script('work.lua'), `${n}`] },
	{ name: 'perl', amount: 320, limit: 3.5, argv: n => ['/usr/bin/perl', script('work.pl'), `${n}`] },
	{ name: 'python', amount: 500, limit: 3.5, argv: n => ['/usr/bin/python3.11', script('work.py'), `${n}`] },
	{ name: 'bash', amount: 140, limit: 3.5, argv: n => ['/bin/bash', script('work.bash'), `${n}`] },
];
const starts = [
	{ name: '/bin/true', limit: 0.35, argv: ['/bin/true'] },
	{ name: 'bash -c true', limit: 0.45, argv: ['/bin/bash', '-c', 'true'] },
	{ name: 'python3 -c pass', limit: 1.2, argv: ['/usr/bin/python3.11', '-c', 'pass'] },
];

// A text of 4 MB that compresses like prose and tables do, named n times.
function
files(n)
{
	const text = data('text');
	if (!existsSync(text)) {
		let s = 1, t = '';
		const rnd = k => (s = Math.imul(s, 1664525) + 1013904223 >>> 0, (s >>> 8) % k);
		const words = Array.from({ length: 3000 }, () => Array.from({ length: 2 + rnd(9) }, () => String.fromCharCode(97 + rnd(26))).join(''));
		while (t.length < 4 << 20)
			t += rnd(12) ? words[rnd(rnd(4) ? 200 : 3000)] + (rnd(9) ? ' ' : '.\n') : `${rnd(100000)}, `;
		writeFileSync(text, t);
	}
	return Array(Math.max(1, n)).fill(text);
}

// n times the same work on a database in memory
function
databases(n)
{
	return [':memory:', ...Array.from({ length: Math.max(1, n) }, () => [`.read ${script('work.sql')}`, 'drop table t']).flat()];
}

const { rounds, scale, only } = parameters(process.argv.slice(2));
mkdirSync(out, { recursive: true });
const fixed = (x, w, unit) => (x.toFixed(2) + unit).padStart(w);
const result = { programs: [], starts: [] };

// One round: qemu and elfport each between two native runs, since the machine's speed may change from second to second by half.
function
round(p, n, lastNative)
{
	const run = (pre, work) => {
		const [cmd, ...argv] = [...pre, ...p.argv(work)];
		return measure(cmd, argv);
	};
	const native = () => run([], n);
	const before = lastNative ?? native();
	const qemu = run(['qemu-x86_64'], n);
	const between = native();
	const ours = run([elfport, 'run'], n);
	const after = native();
	const least = n > 1 ? run([elfport, 'run'], 1) : { wall: 0 };
	if ([qemu, between, ours, after].some(m => m.text !== before.text))
		throw new Error(`${p.name}: one way prints something else than the others`);
	const wall = (between.wall + after.wall) / 2, cpu = (between.cpu + after.cpu) / 2;
	return { after, native: wall, qemu: qemu.wall / ((before.wall + between.wall) / 2), wall: ours.wall / wall, cpu: ours.cpu / cpu,
		net: (ours.wall - least.wall) / (n > 1 ? wall - wall / n : wall) };
}

console.log('program      native s    qemu  elfport (net)  elfport wall     cpu   limit');
for (const p of programs.filter(p => !only.length || only.includes(p.name))) {
	const n = Math.max(1, Math.round(p.amount * scale)), all = [];
	for (let i = 0; i < 4; i++)
		measure(elfport, ['run', ...p.argv(n)]);        // into the caches; V8 optimises a little more each time
	for (let i = 0; i < rounds; i++)
		all.push(round(p, n, all.at(-1)?.after));
	const row = { name: p.name, limit: p.limit };
	for (const key of ['native', 'qemu', 'net', 'wall', 'cpu'])
		row[key] = median(all.map(r => r[key]));
	result.programs.push(row);
	console.log(p.name.padEnd(12), fixed(row.native, 8, ''), fixed(row.qemu, 7, 'x'), fixed(row.net, 14, 'x'), fixed(row.wall, 13, 'x'), fixed(row.cpu, 7, 'x'),
		fixed(p.limit, 7, 'x'));
}
if (result.programs.length)
	console.log('geomean'.padEnd(21), fixed(geomean(result.programs.map(r => r.qemu)), 7, 'x'), fixed(geomean(result.programs.map(r => r.net)), 14, 'x'));
if (!only.length || only.includes('start')) {
	let node, last;
	for (let i = 0; i < 5; i++)
		node = best(node, measure(process.execPath, ['-e', '0']));
	console.log('\nstart over node itself, warm          s   limit');
	for (const s of starts) {
		for (let i = 0; i < 6; i++)
			last = i === 1 ? measure(elfport, ['run', ...s.argv]) : best(last, measure(elfport, ['run', ...s.argv]));
		result.starts.push({ name: s.name, seconds: last.wall - node.wall, limit: s.limit });
		console.log(s.name.padEnd(33), fixed(last.wall - node.wall, 6, ''), fixed(s.limit, 7, ''));
		last = undefined;
	}
	const loop = k => measure(elfport, ['run', '/bin/bash', '-c', `for ((i = 0; i < ${k}; i++)); do /bin/true; done`]);
	loop(2);
	const many = best(loop(202), loop(202)), few = best(loop(2), loop(2));
	result.fork = (many.wall - few.wall) / 200;
	console.log('fork, exec and wait, each'.padEnd(33), (1000 * result.fork).toFixed(1).padStart(6), '  10.0 ms');
}
writeFileSync(join(top, 'build/bench-programs.json'), JSON.stringify(result, null, '\t') + '\n');
