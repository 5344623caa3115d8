// Whole programs, native against elfport: stdout, stderr, exit status and the files they leave behind must be equal.
//   run.mjs [--mode default|unwind|interpret]... [--jobs N] [--sample N] [NAME...]
// Programs: c/*.c and *.cc, each built with gcc -static and (C without "libc: glibc" in its first lines) musl-gcc -static, and
// sh/*.sh run by busybox sh with every applet in PATH. First lines may say "stdin: TEXT", "args: A B", "slow" (left out of the
// samples of the stress modes). The last line printed is "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { compare, compile, header, here, options, top } from './compare.mjs';

const bin = join(top, 'build/tests/prog');
const busybox = '/bin/busybox';

// A folder with every applet as a link, so that scripts find them by name.
function
applets()
{
	const dir = join(bin, 'applets');
	if (!existsSync(dir)) {
		const temp = `${dir}.${process.pid}`;           // another part may make it too
		mkdirSync(temp, { recursive: true });
		for (const a of spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean))
			symlinkSync(busybox, join(temp, a));
		try {
			renameSync(temp, dir);
		} catch {
			rmSync(temp, { recursive: true });
		}
	}
	return dir;
}

mkdirSync(bin, { recursive: true });
const path = applets() + ':/usr/bin:/bin';
const tests = [];
for (const f of readdirSync(join(here, 'c')).sort())
	tests.push(...compile(join(here, 'c', f), bin, ['-static'], ['-lm']));
if (existsSync(join(here, 'sh')))
	for (const f of readdirSync(join(here, 'sh')).filter(f => f.endsWith('.sh')).sort()) {
		const file = join(here, 'sh', f), h = header(file);
		tests.push({ name: f, cmd: busybox, args: ['sh', file, ...h.args], stdin: h.stdin, slow: h.slow, path });
	}
process.exit(await compare(tests, options(process.argv.slice(2))) ? 0 : 1);
