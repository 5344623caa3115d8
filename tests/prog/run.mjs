// Whole programs, native against elfport: stdout, stderr, exit status and the files they leave behind must be equal.
//   run.mjs [--mode default|unwind|interpret]... [--jobs N] [--sample N] [NAME...]
// Programs: c/*.c and *.cc, each built with gcc -static and (C without "libc: glibc" in its first lines) musl-gcc -static, and
// sh/*.sh run by busybox sh with every applet in PATH. First lines may say "stdin: TEXT", "args: A B", "slow" (left out of the
// samples of the stress modes). The last line printed is "N passed, N failed".
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, lstatSync, readlinkSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, '../..');
const bin = join(top, 'build/tests/prog');
const elfport = join(top, 'build/elfport');
const busybox = '/bin/busybox';
const flags = { default: [], unwind: ['--stress=unwind'], interpret: ['--interpret'] };
const limit = { default: 120, unwind: 300, interpret: 300 };

function
header(file)
{
	const text = readFileSync(file, 'utf8').split('\n').slice(0, 6).join('\n');
	const field = name => text.match(new RegExp(`${name}: *([^\\n]*?) *(\\*/)?$`, 'm'))?.[1];
	return { libc: text.match(/libc: (\w+)/)?.[1], args: field('args')?.split(' ') ?? [], stdin: field('stdin') ?? '', slow: /\bslow\b/.test(text) };
}

function
compile(file)
{
	const name = basename(file).replace(/\.\w+$/, ''), cxx = file.endsWith('.cc'), h = header(file), made = [];
	const compilers = [['gcc', cxx ? 'g++' : 'gcc']];
	if (!cxx && h.libc !== 'glibc')
		compilers.push(['musl', 'musl-gcc']);
	for (const [tag, cc] of compilers) {
		const exe = join(bin, `${name}-${tag}`);
		if (!existsSync(exe) || statSync(exe).mtimeMs < statSync(file).mtimeMs) {
			const r = spawnSync(cc, ['-O2', '-w', '-static', '-pthread', '-o', exe, file, '-lm'], { encoding: 'utf8' });
			if (r.status !== 0)
				throw new Error(`${cc} ${file}: ${r.stderr}`);
		}
		made.push({ name: `${name}-${tag}`, cmd: exe, args: h.args, stdin: h.stdin, slow: h.slow });
	}
	return made;
}

// A folder with every applet as a link, so that scripts find them by name.
function
applets()
{
	const dir = join(bin, 'applets');
	if (!existsSync(dir)) {
		mkdirSync(dir, { recursive: true });
		for (const a of spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean))
			symlinkSync(busybox, join(dir, a));
	}
	return dir;
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
			out[key] = (st.mode & 0o777).toString(8) + ' ' + readFileSync(p, 'latin1');
	}
	return out;
}

function
execute(cmd, args, test, seconds)
{
	const cwd = mkdtempSync(join(tmpdir(), 'elfport-test-'));
	return new Promise(resolve => {
		const env = { PATH: test.path ?? '/usr/bin:/bin', HOME: cwd, TERM: 'xterm', LC_ALL: 'C', TZ: 'UTC', XDG_CACHE_HOME: join(top, 'build/tests/cache') };
		const p = spawn(cmd, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
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
			const r = { status, stdout: tidy(out), stderr: tidy(err), files: files(cwd) };
			rmSync(cwd, { recursive: true, force: true });
			resolve(r);
		});
	});
}

function
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

const args = process.argv.slice(2), modes = [], only = [];
let jobs = cpus().length, sample = 0;
while (args.length) {
	const a = args.shift();
	if (a === '--mode')
		modes.push(args.shift());
	else if (a === '--jobs')
		jobs = Number(args.shift());
	else if (a === '--sample')
		sample = Number(args.shift());
	else
		only.push(a);
}
if (!modes.length)
	modes.push('default');
mkdirSync(bin, { recursive: true });
const path = applets() + ':/usr/bin:/bin';
const tests = [];
for (const f of readdirSync(join(here, 'c')).sort())
	tests.push(...compile(join(here, 'c', f)));
if (existsSync(join(here, 'sh')))
	for (const f of readdirSync(join(here, 'sh')).filter(f => f.endsWith('.sh')).sort()) {
		const file = join(here, 'sh', f), h = header(file);
		tests.push({ name: f, cmd: busybox, args: ['sh', file, ...h.args], stdin: h.stdin, slow: h.slow, path });
	}
const chosen = tests.filter(t => !only.length || only.some(o => t.name === o || t.name.startsWith(o + '-') || t.name.startsWith(o + '.')));
const queue = [];
for (const mode of modes)
	chosen.forEach((t, i) => {
		if (mode === 'default' || only.length || (!t.slow && (!sample || i % sample === 0)))
			queue.push([t, mode]);
	});
const native = new Map();
let passed = 0, failed = 0;

async function
worker()
{
	for (let next; (next = queue.shift());) {
		const [t, mode] = next;
		if (!native.has(t))
			native.set(t, execute(t.cmd, t.args, t, 60));
		const want = await native.get(t), start = Date.now();
		const got = await execute(elfport, ['run', ...flags[mode], t.cmd, ...t.args], t, limit[mode]);
		const diff = difference(want, got);
		if (diff) {
			failed++;
			console.log(`FAIL ${t.name} [${mode}]: ${diff}`);
		} else {
			passed++;
			console.log(`ok   ${t.name} [${mode}] ${((Date.now() - start) / 1000).toFixed(1)} s`);
		}
	}
}
await Promise.all(Array.from({ length: jobs }, worker));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
