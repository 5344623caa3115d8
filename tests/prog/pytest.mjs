// Modules of CPython's own test suite (Debian's libpython3.11-testsuite), natively and through elfport: every single test must have the same
// outcome, and the module the same status.
//	pytest.mjs [--jobs N] [--minutes N] [--missing] [--limit SECONDS] [--table FILE] [MODULE...]      without MODULEs: those of pytest.txt
// What a module did is kept in build/tests/pytest/MODULE.json; --missing runs only modules without a result of this build and --minutes begins none later, so a
// full run can be made in pieces. --table writes all kept results.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elfport, here, jobs as processors, top } from './compare.mjs';

const python = '/usr/bin/python3.11', logs = join(top, 'build/tests/pytest');
const BEGUN = /^(\S+ \([\w.<>]+\)) \.\.\. /, LATE = /(?:^|\s)(ok|FAIL|ERROR|expected failure|unexpected success|skipped .*)$/;
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
	let open = null;                            // a test whose own output stands between its name and its outcome
	for (const line of text.split('\n')) {
		const m = OUTCOME.exec(line), late = m ? null : LATE.exec(line), name = m ? m[1] : late && open;
		if (name)
			tests.set(name.replace(/^\d+\.\d+s /, '').replaceAll(/0x[0-9a-f]+/g, '0x'), (m?.[2] ?? late[1]).replace(/^skipped .*/, 'skipped'));
		open = m || late ? null : BEGUN.exec(line)?.[1] ?? open;
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

// what is known about them
const WHY = ['`test_mmap` maps a file of more than 4 GiB whole, which no address space here holds. `test_uuid` asks `ip` and `ifconfig` for a hardware address; there is',
	'only the loopback interface. `test_concurrent_futures` expects a new interpreter in a pool to be at work within three seconds.',
	'`test_subprocess` runs a test that is skipped natively, where the limit of processes does not bind root. `test_multiprocessing_*` map a file twice in one process:',
	'what is stored through one mapping is seen through the other from the next system call or switch on (docs/kernel.md).'];

const result = m => join(logs, `${m}.json`);

function
kept(module)
{
	try {
		return JSON.parse(readFileSync(result(module), 'utf8'));
	} catch {
		return null;
	}
}

async function
measure(module, limit)
{
	const want = await run([], module, 600, join(logs, `${module}.native`));
	const got = await run([elfport, 'run'], module, limit ?? Math.max(300, 30 * want.seconds), join(logs, `${module}.elfport`));
	const bad = compareOutcomes(want, got), side = r => ({ ...r.counts, status: r.status, seconds: r.seconds });
	const row = { module, native: side(want), here: side(got), bad };

	writeFileSync(result(module), JSON.stringify(row, null, '\t') + '\n');
	return row;
}

function
writeTable(file, rows)
{
	const equal = rows.filter(r => !r.bad.length).length, sum = k => rows.reduce((n, r) => n + r[k].ran, 0);
	const text = ["# CPython's own test suite", '',
		`Debian's libpython3.11-testsuite, \`python3.11 -m test -v MODULE\`, natively and through elfport; made by \`make pytest\`. A module is equal if every single test`,
		`has the same outcome and the module the same exit status. ${equal} of ${rows.length} modules are equal; ${sum('native')} tests ran natively, ${sum('here')} here. Seconds are`,
		'elapsed time beside other work, so only their size means something.', '',
		'| module | tests natively | here | skipped | differences | seconds natively | here |', '|---|---|---|---|---|---|---|'];

	for (const r of rows)
		text.push(`| ${r.module} | ${r.native.ran} | ${r.here.ran} | ${r.native.skipped} | ${r.bad.length || ''} | ${r.native.seconds.toFixed(1)} | ${r.here.seconds.toFixed(1)} |`);
	const differing = rows.filter(r => r.bad.length), absent = all.filter(m => !rows.some(r => r.module === m));
	if (absent.length)
		text.push('', `Not measured: ${absent.join(', ')}.`);
	if (differing.length)
		text.push('', '## Differences', '', ...WHY, '', ...differing.flatMap(r => [`* ${r.module}${r.here.status === 'SIGKILL' ? ' (ended by the time limit)' : ''}: ${r.bad.slice(0, 3).map(b => b.replaceAll('|', '\\|')).join('; ')}${r.bad.length > 3 ? '; ...' : ''}`]));
	writeFileSync(file, text.join('\n') + '\n');
}

const args = process.argv.slice(2), modules = [], all = readFileSync(join(here, 'pytest.txt'), 'utf8').split('\n').map(l => l.replace(/#.*/, '').trim()).filter(Boolean);
let jobs = processors, table = null, minutes = Infinity, missing = false, limit = null, passed = 0, failed = 0;
while (args.length) {
	const a = args.shift();
	if (a === '--jobs')
		jobs = Number(args.shift());
	else if (a === '--table')
		table = args.shift();
	else if (a === '--minutes')
		minutes = Number(args.shift());
	else if (a === '--limit')
		limit = Number(args.shift());
	else if (a === '--missing')
		missing = true;
	else
		modules.push(a);
}
mkdirSync(logs, { recursive: true });
const end = Date.now() + minutes * 60000, queue = (modules.length ? modules : all).filter(m => !missing || !existsSync(result(m)));
await Promise.all(Array.from({ length: jobs }, async () => {
	for (let m; Date.now() < end && (m = queue.shift());) {
		const r = await measure(m, limit);
		if (r.bad.length)
			failed++;
		else
			passed++;
		const words = `${r.here.ran} ran, ${r.here.failed} failed, ${r.here.skipped} skipped; ${r.here.seconds.toFixed(1)} s, native ${r.native.seconds.toFixed(1)} s`;
		console.log(`${r.bad.length ? 'FAIL' : 'ok  '} ${m}: ${words}${r.bad.map(b => '\n\t' + b).slice(0, 12).join('')}`);
	}
}));
if (queue.length)
	console.log(`not run: ${queue.join(' ')}`);
if (table)
	writeTable(table, all.map(kept).filter(Boolean));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
