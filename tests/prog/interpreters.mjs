// Statically linked interpreters built from Debian's sources run their own test files, natively and through elfport: lua 5.1 with
// its test/ folder (also run by lua 5.4) and jimtcl with its suite. Output and status must be equal; for files whose native output
// varies from run to run, all but the numbers. A difference counts when no native run gives what elfport gave: what some files print
// depends on where a signal meets them.   interpreters.mjs [--mode default|unwind|interpret] [--sample N] [NAME...]
import { spawnSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jobs as processors } from './compare.mjs';

const here = dirname(fileURLToPath(import.meta.url)), top = join(here, '../..'), bin = join(top, 'build/tests/interpreters');
const retries = 40;                              // native runs after a difference
const flags = { default: [], unwind: ['--stress=unwind'], interpret: ['--interpret'] };

function
must(cmd, args, options = {})
{
	const r = spawnSync(cmd, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
	if (r.status !== 0)
		throw new Error(`${cmd} ${args.join(' ')}: ${r.stderr}`);
	return r.stdout.trim();
}
const source = name => must(join(top, 'tools/fetch-source.sh'), [name]);

function
lua(version)
{
	const exe = join(bin, `lua${version}`);
	if (!existsSync(exe)) {
		const src = join(source(`lua${version}`), 'src');
		writeFileSync(join(bin, `lua${version}-deb-multiarch.h`), '#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"\n');
		const c = readdirSync(src).filter(f => f.endsWith('.c') && !['luac.c', 'print.c'].includes(f)).map(f => join(src, f));
		must('gcc', ['-O2', '-w', '-static', '-DLUA_USE_POSIX', `-I${bin}`, '-o', exe, ...c, '-lm']);
	}
	return exe;
}

function
jim()
{
	const dir = join(bin, 'jimtcl'), exe = join(dir, 'jimsh');
	if (!existsSync(exe)) {
		rmSync(dir, { recursive: true, force: true });
		cpSync(source('jimtcl'), dir, { recursive: true });
		must('./configure', ['--disable-shared', '--disable-ssl', '--disable-docs', 'CFLAGS=-O2', 'LDFLAGS=-static'], { cwd: dir });
		must('make', [`-j${cpus().length}`], { cwd: dir });
	}
	return exe;
}

function
run(cmd, args, cwd, input, seconds)
{
	return new Promise(resolve => {
		const p = spawn(cmd, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'], detached: true,
			env: { PATH: '/usr/bin:/bin', HOME: cwd, LC_ALL: 'C', TZ: 'UTC', JIMLIB: join(bin, 'jimtcl'), XDG_CACHE_HOME: join(top, 'build/tests/cache') } });
		const out = [], err = [];                // apart: which of two pipes is read first is chance
		const timer = setTimeout(() => { try { process.kill(-p.pid, 'SIGKILL'); } catch {} }, seconds * 1000);
		p.stdout.on('data', d => out.push(d));
		p.stderr.on('data', d => err.push(d));
		p.stdin.on('error', () => {});
		p.stdin.end(input);
		p.on('close', (code, signal) => {
			clearTimeout(timer);
			resolve({ status: signal ?? code, out: Buffer.concat([...out, ...err]).toString('latin1').replaceAll(cwd, '$CWD') });
		});
	});
}

const args = process.argv.slice(2), only = [];
let mode = 'default', sample = 1, jobs = processors;
while (args.length) {
	const a = args.shift();
	if (a === '--mode')
		mode = args.shift();
	else if (a === '--sample')
		sample = Number(args.shift());
	else if (a === '--jobs')
		jobs = Number(args.shift());
	else
		only.push(a);
}
mkdirSync(bin, { recursive: true });
const tests = [], luaTests = join(source('lua5.1'), 'test');
for (const version of ['5.1', '5.4'])
	for (const f of readdirSync(luaTests).filter(f => f.endsWith('.lua')).sort())
		tests.push({ name: `lua${version} ${f}`, exe: lua(version), args: [f], dir: luaTests, input: readFileSync(join(luaTests, f)) });
const jimsh = jim();
// left out: files that only skip in this configuration
for (const f of readdirSync(join(bin, 'jimtcl/tests')).filter(f => f.endsWith('.test')).sort())
	tests.push({ name: `jimtcl ${f}`, exe: jimsh, args: [f], dir: join(bin, 'jimtcl/tests'), input: '',
		beside: [join(bin, 'jimtcl/tcltest.tcl')] });
const queue = tests.filter((t, i) => only.length ? only.some(o => t.name.includes(o)) : i % sample === 0);
let passed = 0, failed = 0, cases = 0;

async function
one(t)
{
	const work = mkdtempSync(join(tmpdir(), 'elfport-int-')), dir = join(work, 'tests');
	try {
		const fresh = () => {
			rmSync(dir, { recursive: true, force: true });
			cpSync(t.dir, dir, { recursive: true });
			for (const f of t.beside ?? [])
				cpSync(f, join(work, basename(f)));
		};
		const blur = s => s.replace(/[0-9.]+(e-?[0-9]+)?/g, 'N'), clock = s => s.replace(/\d\d:\d\d:\d\d/g, 'TIME');
		const last = s => s.trimEnd().split('\n').at(-1);
		const natively = () => (fresh(), run(t.exe, t.args, dir, t.input, 60));
		const a = await natively(), steady = a.out === (await natively()).out, plain = steady ? clock : blur;
		fresh();
		const got = await run(join(top, 'build/elfport'), ['run', ...flags[mode], t.exe, ...t.args], dir, t.input, 240);
		const same = r => got.status === r.status && plain(got.out) === plain(r.out);
		let again = 0, found = same(a);
		for (; !found && again < retries; again++)
			found = same(await natively());
		cases += Number(a.out.match(/Passed +(\d+)/)?.[1] ?? 1);
		if (found) {
			passed++;
			return console.log(`ok   ${t.name} [${mode}]${steady ? '' : ' (numbers vary)'}${again ? ` (as native run ${2 + again})` : ''}`);
		}
		failed++;
		const x = a.out.split('\n'), y = got.out.split('\n'), i = x.findIndex((l, n) => l !== y[n]);
		console.log(`FAIL ${t.name} [${mode}]: status ${got.status}, native ${a.status}; line ${i + 1}: ${JSON.stringify(y[i])}, native ${JSON.stringify(x[i])}; end ${last(got.out).slice(0, 200)}`);
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}
async function
worker()
{
	for (let t; (t = queue.shift());)
		await one(t);
}
await Promise.all(Array.from({ length: jobs }, worker));
console.log(`${cases} cases in these files pass natively`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
