// The cache folder when something is wrong with it: damaged and foreign entries are rebuilt silently, a folder that cannot be written to is said once
// and done without, two runs fill one cache at the same time. The last line printed is "N passed, N failed".
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elfport } from './compare.mjs';

const dir = mkdtempSync(join(tmpdir(), 'elfport-cache-')), program = join(dir, 'program'), cache = join(dir, 'cache');
const root = process.geteuid() === 0;
let passed = 0, failed = 0;

writeFileSync(join(dir, 'p.c'), '#include <stdio.h>\nint main(void) { printf("sum %d\\n", 3 + 4); return 5; }\n');
if (spawnSync('musl-gcc', ['-O1', '-static', '-o', program, join(dir, 'p.c')]).status !== 0)
	throw new Error('musl-gcc failed');

function
check(name, r, errors, why = null)
{
	why ??= r.status !== 5 ? `status ${r.status}` : r.stdout !== 'sum 7\n' ? 'stdout' : !errors.test(r.stderr) ? 'stderr' : null;
	if (why)
		failed++;
	else
		passed++;
	console.log(`${why ? 'FAIL' : 'ok  '} cache: ${name}${why ? `: ${why}: ${JSON.stringify(r.stdout)} ${r.stderr.slice(0, 300)}` : ''}`);
}

const run = (at = cache, as = {}) => spawnSync(elfport, ['run', '--cache', at, program], { encoding: 'utf8', cwd: dir, timeout: 120000, ...as });
const entry = at => join(at, readdirSync(at).find(f => /^[0-9a-f]{64}$/.test(f)));

check('filled', run(), /^$/);
const code = join(entry(cache), 'code.wasm'), good = readFileSync(code);
check('used again', run(), /^$/);
for (const [name, bytes] of [['empty', ''], ['cut off', good.subarray(0, good.length >> 1)], ['another module', Buffer.from('0061736d01000000', 'hex')],
	['text', 'hello'], ['imports missing', Buffer.concat([good.subarray(0, 8), good.subarray(8).map((b, i) => i > 20 && i < 40 ? b ^ 1 : b)])]]) {
	writeFileSync(code, bytes);
	check(`code.wasm ${name}`, run(), /^$/);
	check(`code.wasm ${name}: rebuilt`, run(), /^$/, readFileSync(code).equals(good) ? null : 'not rebuilt');
}
rmSync(code);
check('code.wasm gone', run(), /^$/, null);
rmSync(entry(cache), { recursive: true });
writeFileSync(join(cache, readdirSync(cache).find(f => f === 'known') ? 'x' : 'y'), '');
check('entry gone', run(), /^$/);
for (const f of readdirSync(join(cache, 'known')))
	writeFileSync(join(cache, 'known', f), 'nonsense');
check('memory of keys damaged', run(), /^$/);
rmSync(join(cache, 'known'), { recursive: true });
writeFileSync(join(cache, 'known'), 'a file');
check('a file in place of a folder', run(), /^$/);

// a folder that cannot be made or written: root may write everywhere, so a file is in its way and /proc refuses
writeFileSync(join(dir, 'file'), '');
for (const at of [join(dir, 'file/cache'), '/proc/elfport'])
	check(`cannot be made: ${at.replace(dir, '.')}`, run(at), /^elfport: the cache folder .*\n$/);
if (!root) {
	mkdirSync(join(dir, 'locked'), { mode: 0o555 });
	check('read-only', run(join(dir, 'locked')), /^elfport: the cache folder .*\n$/);
}
const full = join(dir, 'full');
mkdirSync(full);
if (root && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'none', full]).status === 0) {
	try {
		check('full', run(full), /^elfport: the cache folder .*\n$/);
	} finally {
		spawnSync('umount', [full]);
	}
}

// at the same time
const both = join(dir, 'both');
const results = await Promise.all([1, 2, 3].map(() => new Promise(resolve => {
	const p = spawn(elfport, ['run', '--cache', both, program], { cwd: dir }), out = { stdout: '', stderr: '' };
	p.stdout.on('data', d => { out.stdout += d; });
	p.stderr.on('data', d => { out.stderr += d; });
	p.on('close', status => resolve({ ...out, status }));
})));
for (const r of results)
	check('three at once', r, /^$/);
check('nothing half-written', results[0], /^$/, readdirSync(both).some(f => !/^([0-9a-f]{64}|known|node-version)$/.test(f)) ? readdirSync(both).join() : null);
rmSync(dir, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
