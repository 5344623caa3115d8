// What both benchmarks share: times of a child process as the host sees them.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

// CPU seconds of all finished children of this process (cutime + cstime of /proc/self/stat).
function
childUsage()
{
	const f = readFileSync('/proc/self/stat', 'latin1').replace(/^.*\) /, '').split(' ');
	return (Number(f[13]) + Number(f[14])) / 100;
}

// Wall and CPU seconds and stdout of one run.
export function
measure(cmd, args, options = {})
{
	const before = childUsage();
	const t = process.hrtime.bigint();
	const r = spawnSync(cmd, args, { encoding: 'latin1', maxBuffer: 1 << 28, ...options });
	const wall = Number(process.hrtime.bigint() - t) / 1e9;
	if (r.status !== 0)
		throw new Error(`${cmd} ${args.join(' ')}: status ${r.status} ${r.signal ?? ''} ${r.stderr}`);
	return { wall, cpu: childUsage() - before, text: r.stdout };
}

// The smaller times of both; the first may be missing.
export function
best(a, b)
{
	return a ? { ...a, wall: Math.min(a.wall, b.wall), cpu: Math.min(a.cpu, b.cpu) } : b;
}

export const median = a => a.toSorted((x, y) => x - y)[a.length >> 1];
export const geomean = a => Math.exp(a.reduce((s, x) => s + Math.log(x), 0) / a.length);

// The benchmarks' arguments: [--rounds N] [--scale F] [NAME...]
export function
parameters(args)
{
	const p = { rounds: 3, scale: 1, only: [] };
	while (args.length) {
		const a = args.shift();
		if (a === '--rounds' || a === '--scale')
			p[a.slice(2)] = Number(args.shift());
		else
			p.only.push(a);
	}
	return p;
}
