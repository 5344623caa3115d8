// engine.test.mjs - runs the programs of progs/ natively and on the engine without a kernel: interpreted, compiled (when
// build/elfport can compile), and both under stress; output and status must be the same.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { start, COUNTERS } from './harness.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '../../..');
const build = path.join(root, 'build/tests/engine');
const elfport = path.join(root, 'build/elfport');
const only = process.argv.slice(2);
let failed = 0, passed = 0;

mkdirSync(build, { recursive: true });
for (const source of readdirSync(path.join(here, 'progs'))) {
	const name = source.replace(/\.c$/, '');
	if (only.length && !only.includes(name))
		continue;
	for (const cc of ['musl-gcc', 'gcc']) {
		const prog = path.join(build, `${name}-${cc}`);
		execFileSync(cc, ['-O2', '-static', '-w', '-o', prog, path.join(here, 'progs', source)]);
		const native = spawnSync(prog, { encoding: 'latin1' });
		const modes = [{ interpret: true }, { interpret: true, stress: true }];
		if (existsSync(elfport)) {
			const code = `${prog}.code`;
			rmSync(code, { recursive: true, force: true });
			const r = spawnSync(elfport, ['compile', '-o', code, prog], { encoding: 'latin1' });
			if (r.status === 0)
				modes.push({ code }, { code, stress: true });
			else
				console.log(`# compile ${name}: ${r.stderr}`);
		}
		for (const mode of modes) {
			const label = `${name} ${cc} ${mode.code ? 'compiled' : 'interpreted'}${mode.stress ? ' stress' : ''}`;
			const began = performance.now();
			let result;
			try {
				result = start({ ...mode, prog, args: [name], generated: true, counters: COUNTERS, polls: 1e6 }).run();
			} catch (error) {
				result = { status: -1, out: '', log: [error.stack] };
			}
			const same = result.status === native.status && result.out === native.stdout;
			same ? passed++ : failed++;
			console.log(`${same ? 'ok' : 'FAIL'} ${label} ${(performance.now() - began).toFixed(0)} ms, ` +
				`${result.interpreted} interpreted, ${result.unwinds} unwinds, ${result.resumes} resumes`);
			if (!same)
				console.log(result.log.join('\n'), result.status, native.status, JSON.stringify(result.out).slice(0, 600));
		}
	}
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
