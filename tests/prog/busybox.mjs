// busybox's own test suite (from Debian's source package), run by busybox-static natively and through elfport: every case that
// passes natively must pass.   busybox.mjs [--mode default|unwind|interpret] [--jobs N] [APPLET...]
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jobs as processors } from './compare.mjs';

const here = dirname(fileURLToPath(import.meta.url)), top = join(here, '../..'), busybox = '/bin/busybox';
const flags = { default: [], unwind: ['--stress=unwind'], interpret: ['--interpret'] };
const source = spawnSync(join(top, 'tools/fetch-source.sh'), ['busybox'], { encoding: 'utf8' }).stdout.trim();

// What the suite's own runtest does for one applet, for a shell without /bin/sh: new-style NAME.tests, old-style NAME/*.
const driver = `
applet=$1
cd "$tsdir"
if [ -d "$tsdir/$applet" ]; then
	for t in "$tsdir/$applet"/*; do
		n=\${t##*/}
		for f in $(sed -ne 's/^# FEATURE: //p' "$t"); do
			grep -q "^# $f is not set$" "$bindir/.config" && continue 2
		done
		rm -rf ".tmpdir.$applet"; mkdir ".tmpdir.$applet"; cd ".tmpdir.$applet"
		if d="$tsdir" busybox sh -x -e "$t" >"../$n.out" 2>&1; then echo "PASS: $n"; else echo "FAIL: $n"; fi
		cd ..
	done
fi
[ -f "$applet.tests" ] && PATH="$LINKSDIR:$tsdir:$bindir:$PATH" busybox sh "./$applet.tests"
exit 0
`;

// A fresh copy of the suite with links to all applets.
function
arena()
{
	const dir = mkdtempSync(join(tmpdir(), 'elfport-bb-')), ts = join(dir, 'testsuite'), links = join(dir, 'links');
	cpSync(join(source, 'testsuite'), ts, { recursive: true });
	mkdirSync(links);
	symlinkSync(busybox, join(dir, 'busybox'));
	for (const a of spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean))
		symlinkSync(busybox, join(links, a));
	cpSync(join(source, 'debian/config/pkg/static'), join(dir, '.config'));
	writeFileSync(join(dir, 'drive.sh'), driver);
	return { dir, ts, links };
}

function
run(prefix, applet, seconds)
{
	const { dir, ts, links } = arena();
	const config = readFileSync(join(dir, '.config'), 'utf8').split('\n').filter(l => /^CONFIG_/.test(l)).map(l => l.replace(/^CONFIG_|=.*/g, ''));
	const env = { PATH: `${links}:${ts}:${dir}:/bin`, bindir: dir, tsdir: ts, LINKSDIR: links, VERBOSE: '', OPTIONFLAGS: `:${config.join(':')}:`,
		HOME: dir, LC_ALL: 'C', TZ: 'UTC', XDG_CACHE_HOME: join(top, 'build/tests/cache'), ECHO: 'echo' };
	const [cmd, ...args] = [...prefix, busybox, 'sh', join(dir, 'drive.sh'), applet];
	return new Promise(resolve => {
		// the current folder is writable: make it the whole arena, the script changes into the suite
		const p = spawn(cmd, args, { cwd: dir, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
		const out = [], err = [];
		const timer = setTimeout(() => { try { process.kill(-p.pid, 'SIGKILL'); } catch {} }, seconds * 1000);
		p.stdout.on('data', d => out.push(d));
		p.stderr.on('data', d => err.push(d));
		p.on('close', code => {
			clearTimeout(timer);
			rmSync(dir, { recursive: true, force: true });
			const cases = [];
			for (const m of Buffer.concat(out).toString('latin1').matchAll(/^(PASS|FAIL): (.*)$/gm))
				cases.push([m[2], m[1]]);
			resolve({ cases, code, err: Buffer.concat(err).toString('latin1') });
		});
	});
}

const args = process.argv.slice(2), only = [];
let mode = 'default', jobs = processors;
while (args.length) {
	const a = args.shift();
	if (a === '--mode')
		mode = args.shift();
	else if (a === '--jobs')
		jobs = Number(args.shift());
	else
		only.push(a);
}
if (!existsSync(join(source, 'testsuite')))
	throw new Error('no source of busybox: tools/fetch-source.sh busybox failed');
const built = new Set(spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.split('\n'));
const applets = [...new Set(readdirSync(join(source, 'testsuite'), { withFileTypes: true })
	.filter(e => e.isDirectory() || e.name.endsWith('.tests')).map(e => e.name.replace(/\.tests$/, '')))]
	.filter(a => (built.has(a) || a === 'busybox') && (!only.length || only.includes(a))).sort();
let passed = 0, failed = 0, native = 0;
const queue = [...applets];

async function
worker()
{
	for (let a; (a = queue.shift());) {
		const want = await run([], a, 60);
		const got = await run([join(top, 'build/elfport'), 'run', ...flags[mode]], a, 200);
		// names repeat within a file, so compare by position among equal names
		const have = new Map();
		for (const [name, r] of got.cases)
			have.set(name, [...(have.get(name) ?? []), r]);
		const bad = [];
		let n = 0;
		for (const [name, r] of want.cases) {
			const mine = have.get(name)?.shift();
			if (r !== 'PASS')
				continue;
			native++;
			if (mine === 'PASS')
				n++;
			else
				bad.push(`${name}${mine ? '' : ' (not reached)'}`);
		}
		passed += n;
		failed += bad.length;
		if (n || bad.length)
			console.log(`${bad.length ? 'FAIL' : 'ok  '} busybox ${a} [${mode}]: ${n} of ${n + bad.length}${bad.length ? ': ' + bad.slice(0, 8).join('; ') : ''}`);
	}
}
await Promise.all(Array.from({ length: jobs }, worker));
console.log(`busybox test suite: ${native} cases pass natively`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !native ? 1 : 0);            // nothing run is no success
