// Dynamically linked programs, native against elfport: the folders of dyn/, whose build.sh ($S: the source folder) makes programs and
// libraries in an empty folder ($D) and whose runs lists "NAME [K=V...] PROGRAM ARGS"; the programs of c/ linked dynamically;
// and the scripts of bash/, which Debian's bash runs with Debian's programs.
//   dyn.mjs [--mode default|unwind|interpret]... [--jobs N] [--sample N] [NAME...]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compare, header, here, options, top } from './compare.mjs';

const bin = join(top, 'build/tests/dyn');

function
must(cmd, args, options = {})
{
	const r = spawnSync(cmd, args, { encoding: 'utf8', ...options });
	if (r.status !== 0)
		throw new Error(`${cmd} ${args.join(' ')}: ${r.stderr || r.error}`);
}

function
folder(name)
{
	const S = join(here, 'dyn', name), D = join(bin, name), stamp = join(D, 'stamp');
	const newest = Math.max(...readdirSync(S).map(f => statSync(join(S, f)).mtimeMs));
	if (!existsSync(stamp) || statSync(stamp).mtimeMs < newest) {
		rmSync(D, { recursive: true, force: true });
		mkdirSync(D, { recursive: true });
		must('bash', ['-ec', `. "$S/build.sh"; : >stamp`], { cwd: D, env: { ...process.env, S, LC_ALL: 'C' } });
	}
	return readFileSync(join(S, 'runs'), 'utf8').split('\n').filter(Boolean).map(line => {
		const [tag, ...words] = line.replaceAll('$D', D).split(' '), env = {};
		while (/^\w+=/.test(words[0])) {
			const [, key, value] = /^(\w+)=(.*)/.exec(words.shift());
			env[key] = value;
		}
		const [cmd, ...args] = words;
		return { name: `${name}-${tag}`, cmd: cmd.startsWith('./') ? join(D, cmd) : cmd, args, env, stdin: '' };
	});
}

function
program(file)
{
	const name = basename(file).replace(/\.\w+$/, ''), h = header(file);
	const cc = file.endsWith('.cc') ? [['gcc', 'g++']] : [['gcc', 'gcc'], ...h.libc === 'glibc' ? [] : [['musl', 'musl-gcc']]];
	return cc.map(([tag, compiler]) => {
		const exe = join(bin, `${name}-${tag}`);
		if (!existsSync(exe) || statSync(exe).mtimeMs < statSync(file).mtimeMs)
			must(compiler, ['-O2', '-w', '-pthread', '-o', exe, file, '-lm', '-ldl']);
		return { name: `${name}-${tag}`, cmd: exe, args: h.args, stdin: h.stdin, slow: h.slow };
	});
}

mkdirSync(bin, { recursive: true });
const tests = [];
for (const e of readdirSync(join(here, 'dyn')).sort())
	tests.push(...folder(e));
for (const e of readdirSync(join(here, 'c')).sort())
	tests.push(...program(join(here, 'c', e)));
for (const e of readdirSync(join(here, 'bash')).sort()) {
	const file = join(here, 'bash', e), h = header(file);
	tests.push({ name: `bash-${e.replace(/\.sh$/, '')}`, cmd: '/bin/bash', args: [file], stdin: h.stdin, slow: true, seconds: 600 });
}
process.exit(await compare(tests, options(process.argv.slice(2))) ? 0 : 1);
