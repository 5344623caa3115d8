// Native, qemu-x86_64, clang -O2 straight to wasm, and elfport, interleaved, as ratios to native.
//   bench.mjs [--rounds N] [--scale F] [KERNEL...]      table on stdout, build/bench.json
// Times are the host's: wall and user+system CPU of the whole process, best of the rounds. "net" takes off what the same program
// needs with no work at all (n = 0).
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { geomean, measure, parameters } from './measure.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, '../..');
const out = join(top, 'build/bench');
const SLOW = 8;                 // where qemu takes so many times the native time, once is enough
const sysroot = '/usr/share/emscripten/cache/sysroot';

function
sh(cmd, args)
{
	const r = spawnSync(cmd, args, { stdio: ['ignore', 'inherit', 'inherit'] });
	if (r.status !== 0)
		throw new Error(`${cmd} ${args.join(' ')}: status ${r.status}`);
}

function
build(name)
{
	const src = join(here, 'kernels', `${name}.c`), exe = join(out, name), wasm = `${exe}.wasm`;
	if (!existsSync(exe))
		sh('gcc', ['-O2', '-fno-math-errno', '-static', '-o', exe, src, join(here, 'kernels/driver.c')]);
	if (!existsSync(wasm)) {
		sh('clang-19', ['--target=wasm32-unknown-emscripten', `--sysroot=${sysroot}`, '-O2', '-fno-math-errno', '-msimd128',
			'-c', '-o', `${exe}.o`, src]);
		sh('wasm-ld-19', ['--no-entry', '--export=kernel', '--allow-undefined', `-L${sysroot}/lib/wasm32-emscripten`,
			'-o', wasm, `${exe}.o`, '-lc', '-lcompiler_rt']);
	}
	return { exe, wasm };
}

const { rounds, scale, only } = parameters(process.argv.slice(2));
mkdirSync(out, { recursive: true });
const kernels = readFileSync(join(here, 'kernels.tsv'), 'utf8').split('\n').filter(l => l && l[0] !== '#')
	.map(l => l.split('\t')).filter(([n]) => !only.length || only.includes(n));
const node = process.execPath, elfport = join(top, 'build/elfport');
const rows = [];

console.log('kernel       native s    qemu   clang  elfport (net)  elfport wall   cpu');
for (const [name, amount] of kernels) {
	const n = String(Math.max(1, Math.round(amount * scale)));
	const { exe, wasm } = build(name);
	const ways = {
		native: [exe, []], qemu: ['qemu-x86_64', [exe]],
		clang: [node, [join(here, 'wasm-run.mjs'), wasm]], elfport: [elfport, ['run', exe]],
	};
	const best = {};
	measure(elfport, ['run', exe, '0']);            // into the cache
	for (let round = 0; round < rounds; round++)
		for (const [way, [cmd, pre]] of Object.entries(ways)) {
			if (way === 'qemu' && round > 0 && best.qemu.wall > SLOW * best.native.wall)
				continue;
			for (const work of [n, '0']) {
				const m = measure(cmd, [...pre, work]);
				const key = work === '0' ? `${way}0` : way;
				if (work !== '0' && way !== 'native' && m.text !== best.native.text)
					throw new Error(`${name}: ${way} prints ${m.text.trim()}, native ${best.native.text.trim()}`);
				best[key] ??= m;
				best[key].wall = Math.min(best[key].wall, m.wall);
				best[key].cpu = Math.min(best[key].cpu, m.cpu);
			}
		}
	const net = way => (best[way].wall - best[`${way}0`].wall) / (best.native.wall - best.native0.wall);
	const row = { name, n: Number(n), native: best.native.wall, qemu: net('qemu'), clang: net('clang'), elfport: net('elfport'),
		elfport_wall: best.elfport.wall / best.native.wall, elfport_cpu: best.elfport.cpu / best.native.cpu, startup: best.elfport0.wall };
	rows.push(row);
	console.log(name.padEnd(12), row.native.toFixed(2).padStart(8), ...[row.qemu, row.clang, row.elfport, row.elfport_wall, row.elfport_cpu]
		.map((x, i) => (x.toFixed(2) + 'x').padStart([8, 8, 15, 14, 8][i])));
}
const sum = Object.fromEntries(['qemu', 'clang', 'elfport', 'elfport_wall', 'elfport_cpu'].map(k => [k, geomean(rows.map(r => r[k]))]));
console.log('geomean'.padEnd(21), ...Object.values(sum).map((x, i) => (x.toFixed(2) + 'x').padStart([8, 8, 15, 14, 8][i])));
const idle = [];
for (let i = 0; i < 5; i++)
	idle.push(measure(node, ['-e', '0']).wall);
const start = Math.min(...rows.map(r => r.startup)) - Math.min(...idle);
console.log(`start-up of a static program over node itself: ${start.toFixed(3)} s`);
writeFileSync(join(top, 'build/bench.json'), JSON.stringify({ rows, geomean: sum, startup_over_node: start }, null, '\t') + '\n');
