// Short pieces of interpreters' and a database's work, repeated within each run; the best time of each, natively and under one or more builds of elfport.
//   pieces.mjs [--rounds N] [--build DIR]... [NAME...]      DIR: a checkout that is built (default: this one); several are compared
// Where the speed of the machine changes by half within seconds the best of many short times still varies by a few percent only; what whole
// programs need, with their starts and the time until V8 has compiled them, programs.mjs says.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';

const here = dirname(fileURLToPath(import.meta.url)), top = join(here, '../..'), out = join(top, 'build/bench');
const WARM = 2, MEASURE = 4, REPEAT = 5;
const sql = join(here, 'programs/work.sql');

const named = text => Object.fromEntries(text.trim().split('\n').map(l => l.split(/\s+/)).map(([name, ms]) => [name, Number(ms)]));
// statements in order, REPEAT times over
const timed = text => {
	const ms = [...text.matchAll(/real ([0-9.]+)/g)].map(m => Number(m[1]) * 1000), n = ms.length / REPEAT;
	return Object.fromEntries(Array.from({ length: n }, (_, i) => [`statement ${i + 1}`, Math.min(...ms.filter((_, k) => k % n === i))]));
};
const programs = [
	{ name: 'python', argv: ['/usr/bin/python3.11', join(here, 'pieces/work.py'), WARM, MEASURE], read: named },
	{ name: 'perl', argv: ['/usr/bin/perl', join(here, 'pieces/work.pl'), WARM, MEASURE], read: named },
	{ name: 'lua', argv: ['/usr/bin/lua5.4', join(here, 'pieces/work.lua'), WARM, MEASURE], read: named },
	{ name: 'sqlite', argv: ['/usr/bin/sqlite3', ':memory:', '.timer on', ...Array(REPEAT).fill([`.read ${sql}`, 'drop table t;']).flat()], read: timed },
];

const p = { rounds: 3, builds: [], only: [] };
for (const args = process.argv.slice(2); args.length;) {
	const a = args.shift();
	if (a === '--rounds')
		p.rounds = Number(args.shift());
	else if (a === '--build')
		p.builds.push(resolve(args.shift()));
	else
		p.only.push(a);
}
if (!p.builds.length)
	p.builds.push(resolve(top));
mkdirSync(out, { recursive: true });

const ways = [{ name: 'native', cmd: [] }, ...p.builds.map((dir, i) => ({
	name: p.builds.length > 1 ? dir.split('/').pop() : 'elfport', cmd: [join(dir, 'build/elfport'), 'run', '--cache', join(out, `pieces-${i}`)],
}))];

function
run(way, program)
{
	const [cmd, ...args] = [...way.cmd, ...program.argv.map(String)];
	return program.read(measure(cmd, args).text);
}

for (let i = 0; i < p.builds.length; i++)
	rmSync(join(out, `pieces-${i}`), { recursive: true, force: true });
for (const program of programs.filter(q => !p.only.length || p.only.includes(q.name))) {
	const times = ways.map(() => ({}));
	for (const way of ways.slice(1))
		for (let i = 0; i < 2; i++)
			run(way, program);
	for (let round = 0; round < p.rounds; round++)
		ways.forEach((way, i) => {
			for (const [piece, ms] of Object.entries(run(way, program)))
				times[i][piece] = Math.min(times[i][piece] ?? Infinity, ms);
		});
	const sums = times.map(t => Object.values(t).reduce((a, b) => a + b, 0));
	const row = (name, ms) => `${name.padEnd(14)}${ms[0].toFixed(3).padStart(10)} ms` +
		ms.slice(1).map(x => `${x.toFixed(3).padStart(11)} ms ${(x / ms[0]).toFixed(2).padStart(5)}x`).join('');
	console.log(`${program.name.padEnd(14)}${ways.map((w, i) => w.name.slice(-13).padStart(i ? 21 : 13)).join('')}`);
	for (const piece of Object.keys(times[0]).filter(q => times[0][q]))     // sqlite3 tells milliseconds
		console.log(row(`  ${piece}`, times.map(t => t[piece])));
	console.log(row('  together', sums));
}
