// compare.mjs - a program natively and through elfport: stdout, stderr, exit status and the files it leaves behind must be equal.
// A test is { name, cmd, args, under, stdin, slow, path, env, prepare, after, seconds }: prepare(dir) fills the folder it runs in, after(dir) gives
// text that counts as output too, slow ones are left out of the samples of the stress modes, seconds is the limit in each mode when the usual one is too short.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url)), top = join(here, '../..');
export const elfport = join(top, 'build/elfport');
export const jobs = Number(process.env.JOBS) || cpus().length;        // how many tests run at a time
const flags = { default: [], unwind: ['--stress=unwind'], interpret: ['--interpret'] };
const limit = { default: 120, unwind: 300, interpret: 300 };

// fields in the first lines of a test's source: "libc: glibc", "static: musl" (linked statically with musl only: nothing in it depends on the
// library), "args: A B", "under: CMD A" (what starts it), "stdin: TEXT", "slow", "cpu: v3" (built for that level and run
// with --cpu)
export function
header(file)
{
	const text = readFileSync(file, 'utf8').split('\n').slice(0, 6).join('\n');
	const field = name => text.match(new RegExp(`${name}: *([^\\n]*?) *(\\*/)?$`, 'm'))?.[1];
	return { cpu: field('cpu'), libc: text.match(/libc: (\w+)/)?.[1], static: field('static'), args: field('args')?.split(' ') ?? [], under: field('under')?.split(' ') ?? [],
		stdin: field('stdin') ?? '', slow: /\bslow\b/.test(text) };
}

// The tests of a C or C++ source file: built with gcc and, C that does not need glibc, with musl-gcc into the folder bin, with these flags and libraries.
export function
compile(file, bin, flags, libs)
{
	const name = basename(file).replace(/\.\w+$/, ''), cxx = file.endsWith('.cc'), h = header(file);
	const cc = [...h.static === 'musl' && flags.includes('-static') ? [] : [['gcc', cxx ? 'g++' : 'gcc']],
		...cxx || h.libc === 'glibc' ? [] : [['musl', 'musl-gcc']]];
	const level = h.cpu ? ['-O3', `-march=x86-64-${h.cpu}`, '-ffp-contract=fast'] : [];
	return cc.map(([tag, compiler]) => {
		const exe = join(bin, `${name}-${tag}`);
		if (!existsSync(exe) || statSync(exe).mtimeMs < statSync(file).mtimeMs) {
			const r = spawnSync(compiler, ['-O2', '-w', ...level, ...flags, '-pthread', '-o', `${exe}.${process.pid}`, file, ...libs], { encoding: 'utf8' });
			if (r.status !== 0)
				throw new Error(`${compiler} ${file}: ${r.stderr || r.error}`);
			renameSync(`${exe}.${process.pid}`, exe);      // another part may want it too
		}
		return { name: `${name}-${tag}`, cmd: exe, args: h.args, under: h.under, stdin: h.stdin, slow: h.slow, cpu: h.cpu };
	});
}

function
files(dir, prefix = '')
{
	const out = {};
	for (const e of readdirSync(dir).sort()) {
		const p = join(dir, e), st = lstatSync(p), key = prefix + e;
		if (st.isDirectory())
			Object.assign(out, { [key + '/']: (st.mode & 0o777).toString(8) }, files(p, key + '/'));
		else if (st.isSymbolicLink())
			out[key] = '-> ' + readlinkSync(p);
		else
			out[key] = (st.mode & 0o777).toString(8) + ' ' + (st.isFile() ? readFileSync(p, 'latin1') : st.isFIFO() ? 'fifo' : 'special');
	}
	return out;
}

export function
execute(cmd, args, test, seconds)
{
	const cwd = mkdtempSync(join(tmpdir(), 'elfport-test-'));
	return new Promise(resolve => {
		const env = { PATH: test.path ?? '/usr/bin:/bin', HOME: cwd, TERM: 'xterm', LC_ALL: 'C', TZ: 'UTC', XDG_CACHE_HOME: join(top, 'build/tests/cache'), ...test.env };
		test.prepare?.(cwd);
		const [first, ...rest] = [...test.under ?? [], cmd, ...args];
		const p = spawn(first, rest, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
		const out = [], err = [];
		const timer = setTimeout(() => { try { process.kill(-p.pid, 'SIGKILL'); } catch {} }, seconds * 1000);
		p.stdout.on('data', d => out.push(d));
		p.stderr.on('data', d => err.push(d));
		p.stdin.on('error', () => {});
		p.stdin.end(test.stdin);
		p.on('close', (code, signal) => {
			clearTimeout(timer);
			const status = signal ? 128 + ({ SIGABRT: 6, SIGSEGV: 11, SIGTERM: 15, SIGKILL: 9, SIGILL: 4, SIGFPE: 8, SIGPIPE: 13, SIGINT: 2, SIGBUS: 7, SIGTRAP: 5 }[signal] ?? 0) : code;
			// the folder's name differs from run to run
			const tidy = b => Buffer.concat(b).toString('latin1').replaceAll(cwd, '$CWD');
			const r = { status, stdout: tidy(out) + (test.after?.(cwd) ?? ''), stderr: tidy(err), files: files(cwd) };
			rmSync(cwd, { recursive: true, force: true });
			resolve(r);
		});
	});
}

export function
difference(want, got)
{
	for (const k of ['status', 'stdout', 'stderr'])
		if (want[k] !== got[k]) {
			if (k === 'status')
				return `status ${got.status}, native ${want.status}; stderr: ${got.stderr.slice(0, 300)}`;
			const a = want[k].split('\n'), b = got[k].split('\n'), i = a.findIndex((l, n) => l !== b[n]);
			const n = i < 0 ? a.length : i;
			return `${k} line ${n + 1}: ${JSON.stringify(b[n])}, native ${JSON.stringify(a[n])}`;
		}
	for (const f of new Set([...Object.keys(want.files), ...Object.keys(got.files)]))
		if (want.files[f] !== got.files[f])
			return `file ${f}: ${JSON.stringify(got.files[f]?.slice(0, 100))}, native ${JSON.stringify(want.files[f]?.slice(0, 100))}`;
	return null;
}

// What the command line of a test script asks for: [--mode default|unwind|interpret]... [--jobs N] [--sample N] [NAME...]
export function
options(args)
{
	const o = { modes: [], only: [], jobs, sample: 0 };
	for (args = [...args]; args.length;) {
		const a = args.shift();
		if (a === '--mode')
			o.modes.push(args.shift());
		else if (a === '--jobs')
			o.jobs = Number(args.shift());
		else if (a === '--sample')
			o.sample = Number(args.shift());
		else
			o.only.push(a);
	}
	if (!o.modes.length)
		o.modes.push('default');
	return o;
}

function
plan(tests, { modes, only, sample })
{
	const chosen = tests.filter(t => !only.length || only.some(o => t.name === o || t.name.startsWith(o + '-') || t.name.startsWith(o + '.')));
	const queue = [];
	for (const mode of modes)
		chosen.forEach((t, i) => {
			if (mode === 'default' || only.length || (!t.slow && (!sample || i % sample === 0)))
				queue.push([t, mode]);
		});
	return queue;
}

// the test's own variables: LD_PRELOAD and its like are not meant for elfport itself
const variables = t => Object.entries(t.env ?? {}).flatMap(([k, v]) => ['--env', `${k}=${v}`]);

// where the program's dynamic linker looked is said in addition to its own words
const ours = r => ({ ...r, stderr: r.stderr.replace(/^elfport: \S+ was looked for in .*\n/gm, '') });

// Runs the tests, prints a line each and "N passed, N failed" at the end; true if none failed. What fails is tried once more, natively too:
// on a loaded machine a signal or a time limit may come at another moment. A test that passes only then is called unsteady.
export async function
compare(tests, o)
{
	const queue = plan(tests, o), native = new Map();
	let passed = 0, failed = 0, unsteady = 0;
	const once = async (t, mode) => {
		if (!native.has(t))
			native.set(t, execute(t.cmd, t.args, t, 60));
		const want = await native.get(t);
		const got = ours(await execute(elfport, ['run', ...flags[mode], ...(t.cpu ? ['--cpu', t.cpu] : []), ...variables(t), t.cmd, ...t.args], { ...t, env: {} },
			t.seconds ?? limit[mode]));
		return difference(want, got);
	};
	const worker = async () => {
		for (let next; (next = queue.shift());) {
			const [t, mode] = next;
			const start = Date.now();
			let diff = await once(t, mode);
			if (diff) {
				console.log(`once more: ${t.name} [${mode}]: ${diff}`);
				native.delete(t);
				diff = await once(t, mode);
				unsteady += !diff;
			}
			const time = `${((Date.now() - start) / 1000).toFixed(1)} s`;
			if (diff)
				failed++;
			else
				passed++;
			console.log(diff ? `FAIL ${t.name} [${mode}] ${time}: ${diff}` : `ok   ${t.name} [${mode}] ${time}`);
		}
	};
	await Promise.all(Array.from({ length: o.jobs }, worker));
	if (unsteady)
		console.log(`${unsteady} unsteady: passed at the second attempt`);
	console.log(`${passed} passed, ${failed} failed`);
	return failed === 0 && passed > 0;
}
