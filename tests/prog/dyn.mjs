// Dynamically linked programs, native against elfport: the folders of dyn/, whose build.sh ($S: the source folder) makes programs and
// libraries in an empty folder ($D) and whose runs lists "NAME [K=V...] PROGRAM ARGS"; the programs of c/ linked dynamically;
// and the scripts of bash/, which Debian's bash runs with Debian's programs.
//   dyn.mjs [--mode default|unwind|interpret]... [--jobs N] [--sample N] [NAME...]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compare, compile, header, here, options, top } from './compare.mjs';

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

mkdirSync(bin, { recursive: true });
const tests = [];
for (const e of readdirSync(join(here, 'dyn')).sort())
	tests.push(...folder(e));
for (const e of readdirSync(join(here, 'c')).sort())
	tests.push(...compile(join(here, 'c', e), bin, [], ['-lm', '-ldl']));
for (const e of readdirSync(join(here, 'bash')).sort()) {
	const file = join(here, 'bash', e), h = header(file);
	tests.push({ name: `bash-${e.replace(/\.sh$/, '')}`, cmd: '/bin/bash', args: [file], stdin: h.stdin, slow: true, seconds: 600 });
}
process.exit(await compare(tests, options(process.argv.slice(2))) ? 0 : 1);
