// Modules of CPython's own test suite (Debian's libpython3.11-testsuite), natively and through elfport: every single test must have the same
// outcome, and the module the same status.   pytest.mjs [--jobs N] [--table FILE] [MODULE...]      without MODULEs: those of pytest.txt
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { elfport, here, top } from './compare.mjs';

const python = '/usr/bin/python3.11', logs = join(top, 'build/tests/pytest');
const OUTCOME = /^(\S+ \([\w.<>]+\)|.*?) \.\.\. (?:.*\s)?(ok|FAIL|ERROR|expected failure|unexpected success|skipped .*)$/;

function
run(prefix, module, seconds, log)
{
	const dir = mkdtempSync(join(tmpdir(), 'elfport-py-')), start = Date.now();
	const env = { PATH: '/usr/bin:/bin', HOME: dir, TMPDIR: dir, LANG: 'C.UTF-8', XDG_CACHE_HOME: join(top, 'build/tests/cache'), PYTHONDONTWRITEBYTECODE: '1' };
	const [cmd, ...args] = [...prefix, python, '-m', 'test', '-v', module];
	return new Promise(resolve => {
		const p = spawn(cmd, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true }), out = [];
		const timer = setTimeout(() => { try { process.kill(-p.pid, 'SIGKILL'); } catch {} }, seconds * 1000);
		p.stdout.on('data', d => out.push(d));
		p.stderr.on('data', d => out.push(d));
		p.on('close', (code, signal) => {
			clearTimeout(timer);
			rmSync(dir, { recursive: true, force: true });
			const text = Buffer.concat(out).toString('latin1');
			writeFileSync(log, text);
			resolve({ status: signal ?? code, seconds: (Date.now() - start) / 1000, ...outcomes(text) });
		});
	});
}

// { tests: name -> outcome, counts }: the name is what stands before "...", without the doc string on a line of its own
function
outcomes(text)
{
	const tests = new Map();
	for (const line of text.split('\n')) {
		const m = OUTCOME.exec(line);
		if (m)
			tests.set(m[1].replaceAll(/0x[0-9a-f]+/g, '0x'), m[2].replace(/^skipped .*/, 'skipped'));
	}
	const n = k => [...tests.values()].filter(v => v === k).length;
	return { tests, counts: { ran: tests.size, failed: n('FAIL') + n('ERROR'), skipped: n('skipped') } };
}

function
compareOutcomes(want, got)
{
	const bad = [];
	for (const [name, v] of want.tests)
		if (got.tests.get(name) !== v)
			bad.push(`${name}: ${got.tests.get(name) ?? 'missing'}, native ${v}`);
	if (want.status !== got.status)
		bad.push(`status ${got.status}, native ${want.status}`);
	return bad;
}

const args = process.argv.slice(2), modules = [], rows = [];
let jobs = cpus().length, table = null, passed = 0, failed = 0;
while (args.length) {
	const a = args.shift();
	if (a === '--jobs')
		jobs = Number(args.shift());
	else if (a === '--table')
		table = args.shift();
	else
		modules.push(a);
}
if (!modules.length)
	modules.push(...readFileSync(join(here, 'pytest.txt'), 'utf8').split('\n').map(l => l.replace(/#.*/, '').trim()).filter(Boolean));
mkdirSync(logs, { recursive: true });
const queue = [...modules];
await Promise.all(Array.from({ length: jobs }, async () => {
	for (let m; (m = queue.shift());) {
		const want = await run([], m, 600, join(logs, `${m}.native`));
		const got = await run([elfport, 'run'], m, Math.max(300, 30 * want.seconds), join(logs, `${m}.elfport`));
		const bad = compareOutcomes(want, got), c = got.counts;
		if (bad.length)
			failed++;
		else
			passed++;
		const words = `${c.ran} ran, ${c.failed} failed, ${c.skipped} skipped; ${got.seconds.toFixed(1)} s, native ${want.seconds.toFixed(1)} s`;
		console.log(`${bad.length ? 'FAIL' : 'ok  '} ${m}: ${words}${bad.map(b => '\n\t' + b).slice(0, 12).join('')}`);
		rows.push(`| ${m} | ${want.counts.ran} | ${want.counts.failed} | ${want.counts.skipped} | ${bad.length ? bad.length + ' differ' : 'equal'} |`);
	}
}));
if (table)
	writeFileSync(table, ['| module | run | failed | skipped | through elfport |', '|---|---|---|---|---|', ...rows.sort()].join('\n') + '\n');
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
