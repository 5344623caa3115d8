// The cache folder when something is wrong with it: damaged and foreign entries are rebuilt silently, a folder that cannot be written to is said once
// and done without, two runs fill one cache at the same time. The last line printed is "N passed, N failed".
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

// damage where only the first call of a function would meet it: noticed when the module is loaded, and mended
const busy = join(dir, 'busy');
writeFileSync(join(dir, 'b.c'), `#include <stdio.h>
static unsigned mix(unsigned x) { for (int i = 0; i < 9; i++) x = x * 1664525 + 1013904223 ^ x >> 7; return x; }
int main(void) { unsigned x = 1; for (int i = 0; i < 120000000; i++) x = mix(x); printf("sum %d\\n", x ? 7 : 8); return 5; }
`);
if (spawnSync('musl-gcc', ['-O1', '-fno-inline', '-static', '-o', busy, join(dir, 'b.c')]).status !== 0)
	throw new Error('musl-gcc failed');
const work = at => spawnSync(elfport, ['run', '--cache', at, busy], { encoding: 'utf8', cwd: dir, timeout: 120000 });
const bodies = join(dir, 'bodies');
check('to be damaged: filled', work(bodies), /^$/);
for (const name of ['code.wasm', 'resume.wasm']) {
	const file = join(entry(bodies), name), whole = readFileSync(file);
	for (let k = 1; k < 8; k++) {
		const bytes = Buffer.from(whole);
		bytes[(bytes.length * k >> 3) + k] ^= 1 << k;
		writeFileSync(file, bytes);
		check(`${name} damaged at ${k}/8`, work(bodies), /^$/);
		check(`${name} damaged at ${k}/8: rebuilt`, { status: 5, stdout: 'sum 7\n', stderr: '' }, /^$/, readFileSync(file).equals(whole) ? null : 'not rebuilt');
	}
}

// V8's machine code beside the wasm: kept after a run with some work, used and left alone by the next, made anew when it is not as it was written
check('machine code: first run', work(join(dir, 'machine')), /^$/);
const machine = join(entry(join(dir, 'machine')), 'code.wasm.machine'), written = () => existsSync(machine) ? statSync(machine).mtimeMs : 0;
let before = 0, result = null, runs = 0;
do {                                            // until nothing new becomes hot
	before = written();
	result = work(join(dir, 'machine'));
} while (before && written() !== before && ++runs < 5);
check('machine code: kept', result, /^$/, before ? null : 'no file');
check('machine code: used and left alone', result, /^$/, statSync(machine).mode & 0o77 || written() !== before ? 'written again' : null);
const kept = readFileSync(machine);
for (const [name, bytes] of [['empty', ''], ['cut off', kept.subarray(0, kept.length - 9)], ['of another V8', Buffer.from(kept).fill('9', 30, 40)],
	['damaged', Buffer.from(kept).fill(0xcc, kept.length >> 1)], ['one bit wrong', Buffer.from(kept).fill(kept[600] ^ 4, 600, 601)]]) {
	writeFileSync(machine, bytes);
	before = written();
	check(`machine code ${name}`, work(join(dir, 'machine')), /^$/);
	check(`machine code ${name}: made anew`, result, /^$/, written() === before ? 'still there' : null);
}
chmodSync(machine, 0o666);
check('machine code that others may write', work(join(dir, 'machine')), /^$/);
check('machine code that others may write: made anew', result, /^$/, statSync(machine).mode & 0o77 ? 'still there' : null);

// a file with more code than is worth waiting for in a run
const large = join(dir, 'large');
writeFileSync(join(dir, 'l.c'), '#include <stdio.h>\nasm(".text\\n.fill 13 << 20, 1, 0x90\\n");\nint main(void) { printf("sum %d\\n", 3 + 4); return 5; }\n');
if (spawnSync('musl-gcc', ['-O1', '-static', '-o', large, join(dir, 'l.c')]).status !== 0)
	throw new Error('musl-gcc failed');
check('13 MB of code', spawnSync(elfport, ['run', '--cache', cache, large], { encoding: 'utf8', cwd: dir, timeout: 120000 }),
	/^elfport: .*large has 13 MB of code and is left to the interpreter; .*elfport compile --cache=.*large\n$/);

// the recompiler is killed, as by a machine without memory
const killed = join(dir, 'killed'), big = join(dir, 'big');
if (spawnSync('gcc', ['-O1', '-static', '-o', big, join(dir, 'p.c')]).status !== 0)
	throw new Error('gcc failed');
const recompilers = () => readdirSync('/proc').filter(f => /^\d+$/.test(f)).filter(f => {
	try {
		const line = readFileSync(`/proc/${f}/cmdline`, 'latin1').split('\0');
		return line.includes('compile') && line.includes(killed);
	} catch {
		return false;
	}
});
const ended = await new Promise(resolve => {
	const p = spawn(elfport, ['run', '--cache', killed, big], { cwd: dir }), out = { stdout: '', stderr: '' };
	const watch = setInterval(() => recompilers().forEach(f => process.kill(Number(f), 'SIGKILL')), 5);
	p.stdout.on('data', d => { out.stdout += d; });
	p.stderr.on('data', d => { out.stderr += d; });
	p.on('close', status => { clearInterval(watch); resolve({ ...out, status }); });
});
check('recompiler killed', ended, /^elfport: the recompiler was ended \(SIGKILL\): .*big is interpreted, which is slow\n$/);
check('and the next time', { ...spawnSync(elfport, ['run', '--cache', killed, big], { encoding: 'utf8', cwd: dir, timeout: 120000 }) }, /^$/);

// progress is shown on a terminal, and gone at the end
const shown = spawnSync('script', ['-qec', `${elfport} run --cache ${join(dir, 'shown')} ${program}`, '/dev/null'], { encoding: 'latin1', cwd: dir, timeout: 120000 });
const end = { ...shown, stdout: shown.stdout.replace(/^.*\r\x1b\[K/s, '').replace('\r\n', '\n') };
check('progress on a terminal', end, /^$/, /elfport: recompiling program: \d+ of \d+ functions/.test(shown.stdout) ? null : 'none');

// where the cursor stands behind other output it is not: it could not be taken back
const middle = join(dir, 'middle');
writeFileSync(join(dir, 'm.c'), '#include <unistd.h>\nint main(int c, char **v) { write(1, "abc ", 4); execv(v[1], v + 1); return 1; }\n');
if (spawnSync('musl-gcc', ['-O1', '-static', '-o', middle, join(dir, 'm.c')]).status !== 0)
	throw new Error('musl-gcc failed');
const within = () => spawnSync('script', ['-qec', `${elfport} run --cache ${join(dir, 'within')} ${middle} ${program}`, '/dev/null'], { encoding: 'latin1', cwd: dir, timeout: 120000 });
const out = within().stdout;
check('progress behind other output', { status: 5, stdout: out.slice(out.indexOf('abc ')).replace('abc ', '').replace('\r\n', '\n'), stderr: '' }, /^$/);

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
