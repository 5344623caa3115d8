// How much of real programs' code is found, and how much of what runs is interpreted: docs/coverage.md.
//	coverage.mjs [--fetch] [--compile] [--runs] [--minutes N] [--write FILE]
//	coverage.mjs --only-runs FILE [--minutes N]      measures programs at work and replaces their table at the end of FILE
// --fetch downloads the packages that are not installed into build/coverage/root (nothing is installed); --compile also recompiles each file, --runs measures
// programs at work. What was measured is kept in build/coverage by file and recompiler version, so all can be done in pieces.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runs } from './coverage-runs.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..'), work = join(top, 'build/coverage'), root = join(work, 'root'), ran = join(work, 'runs.json');
const elfport = join(top, 'build/elfport'), LIB = 'x86_64-linux-gnu';
const PACKAGES = 'htop mc ripgrep fd-find bat age fzf restic nginx redis-server x11-apps twm xterm xvfb chocolate-doom jwm mousepad gtk-3-examples'.split(' ');
const PROGRAMS = ['/bin/busybox', '/usr/bin/ls', '/usr/bin/sort', '/usr/bin/bash', '/usr/bin/grep', '/usr/bin/sed', '/usr/bin/gawk', '/usr/bin/xz', '/usr/bin/openssl',
	'/usr/bin/lua5.4', '/usr/bin/sqlite3', '/usr/bin/perl', '/usr/bin/python3.11', '/usr/bin/vim.tiny', '/usr/bin/nano', '/usr/bin/less', '/usr/bin/htop', '/usr/bin/tmux',
	'/usr/bin/mc', '/usr/bin/git', '/usr/bin/tcc', '/usr/bin/gcc', '/usr/lib/gcc/x86_64-linux-gnu/12/cc1', '/usr/bin/as', '/usr/bin/ld', '/usr/bin/rg', '/usr/bin/fdfind',
	'/usr/bin/batcat', '/usr/bin/age', '/usr/bin/fzf', '/usr/bin/restic', '/usr/bin/curl', '/usr/bin/wget', '/usr/sbin/nginx', '/usr/bin/redis-server', '/usr/bin/ssh',
	'/usr/bin/xeyes', '/usr/bin/xclock', '/usr/bin/twm', '/usr/bin/xterm', '/usr/bin/Xvfb', '/usr/games/chocolate-doom', '/usr/bin/jwm', '/usr/bin/mousepad',
	'/usr/bin/gtk3-demo'];

function
run(cmd, args, options)
{
	return spawnSync(cmd, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
}

function
fetchPackages()
{
	const debs = join(work, 'debs');

	mkdirSync(join(debs, 'partial'), { recursive: true });
	mkdirSync(root, { recursive: true });
	run('apt-get', ['-y', '-qq', '--no-install-recommends', '-o', `Dir::Cache::archives=${debs}`, '--download-only', 'install', ...PACKAGES], { stdio: 'inherit' });
	for (const f of readdirSync(debs).filter(n => n.endsWith('.deb')))
		run('dpkg', ['-x', join(debs, f), root]);
}

// Where a file of the distribution is: in the scratch root or in the system. Null: not there.
function
locate(path)
{
	for (const p of [join(root, path), join(root, path.replace(/^\/usr/, '')), path]) {
		try {
			return realpathSync(p);
		} catch {
		}
	}
	return null;
}

const needed = new Map();

function
dynamic(file)
{
	if (!needed.has(file)) {
		const text = run('readelf', ['-dW', file]).stdout ?? '', paths = [...text.matchAll(/\((?:RUNPATH|RPATH)\).*\[(.*)\]/g)].flatMap(m => m[1].split(':'));
		needed.set(file, { libs: [...text.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(m => m[1]), paths: paths.map(p => p.replace('$ORIGIN', dirname(file).replace(root, ''))) });
	}
	return needed.get(file);
}

// All libraries of a program; the ones nobody has are named.
function
closure(file)
{
	const found = new Map(), todo = [file], missing = new Set();

	while (todo.length) {
		const { libs, paths } = dynamic(todo.pop());
		for (const name of libs) {
			if (found.has(name) || missing.has(name))
				continue;
			const at = [...paths, `/usr/lib/${LIB}`, `/lib/${LIB}`, '/lib64', `/usr/lib/${LIB}/pulseaudio`].map(d => locate(join(d, name))).find(Boolean);
			if (!at) {
				missing.add(name);
				continue;
			}
			found.set(name, at);
			todo.push(at);
		}
	}
	return { libs: [...new Set(found.values())], missing: [...missing] };
}

// What inspect says of a file, or null.
function
inspect(file, compile)
{
	const key = createHash('sha256').update(readFileSync(file)).update(readFileSync(join(top, 'build/version.h'))).digest('hex').slice(0, 24);
	const kept = join(work, `${key}${compile ? '.compiled' : ''}.json`);

	if (existsSync(kept))
		return JSON.parse(readFileSync(kept, 'utf8'));
	if (compile === 'kept')
		return null;
	const r = run('bash', ['-c', 'ulimit -v 6000000; exec timeout 900 "$@"', 'bash', elfport, 'inspect', '--json', ...compile ? [] : ['--no-wasm'], file]);
	if (r.status !== 0) {
		console.log(`${file}: ${r.stderr.trim() || `status ${r.status ?? r.signal}`}`);
		return null;
	}
	writeFileSync(kept, r.stdout);
	return JSON.parse(r.stdout);
}

const percent = (part, whole) => whole ? (Math.floor(10000 * part / whole) / 100).toFixed(2) : '-';
const kb = n => Math.round(n / 1024);

function
row(name, r, c, extra)
{
	return `| ${name} | ${kb(r.text)} | ${r.functions} | ${r.listedFound} / ${r.listed} | ${r.symbolsFound} / ${r.symbols} | ${percent(r.listedCovered, r.listedBytes)} | ${r.missedJump} / ${
		r.missedData} / ${r.missedDead} | ${r.tables} | ${r.unresolved} | ${r.unknown} | ${c ? `${c.seconds.toFixed(1)} | ${kb(c.wasm + c.resume)}` : ' | '} |${extra ?? ''}`;
}

const HEAD = end => ['| file | text KB | functions | listed | symbols | bytes found % | missed bytes | tables | unresolved | unknown | CPU s | wasm KB |' + end,
	'|---|---|---|---|---|---|---|---|---|---|---|---|' + (end ? '---|' : '')];

function
writeReport(file, programs, libraries)
{
	const all = [...programs.map(p => p.r), ...libraries.map(l => l.r)], sum = k => all.reduce((n, r) => n + r[k], 0);
	const text = ['# What is found, what is interpreted', '', `Made by \`tools/coverage.mjs\`: Debian 12's own programs and every library they are linked with, ${all.length} files, ${kb(sum('text'))} KB of code.`,
		'', '* listed: functions that have an FDE, or a row in a Go program\'s function table, and how many of them were found; symbols: the same of function symbols.',
		'* bytes found: of the bytes of listed functions without padding, those in some function that is recompiled, or left out because they use CPU features that CPUID does not report.',
		'* missed bytes by cause: in a function with an unresolved jump / bytes that are no instruction / code to which nothing leads (behind calls that do not return, switch cases that cannot happen).',
		'* unresolved: indirect jumps without targets; unknown: instructions that nothing translates. CPU s and wasm KB: recompiling the file (resume copies included); empty: not measured.', '',
		`All files: ${percent(sum('listedCovered'), sum('listedBytes'))} % of ${sum('listedBytes')} bytes found, ${sum('listedFound')} of ${sum('listed')} listed functions, ${sum('symbolsFound')} of ${
			sum('symbols')} symbols; ${sum('unresolved')} jumps unresolved; missed ${sum('missedJump')} / ${sum('missedData')} / ${sum('missedDead')} bytes.`, '', 'Unresolved jumps, by cause, from reading them: tail calls through tables of functions behind a comparison (Xvfb\'s dispatchers, libzstd, libwayland): they leave their function and lose nothing;',
		'a table\'s base that a register keeps over a call of this file although the calling convention does not promise it (gcc -fipa-ra: vim.tiny, libpcre2); a base that is set on all ways but',
		'those behind a call that never returns and is not known to (redis-server); the table\'s entry itself kept in the frame over a loop (perl); several switches of one Rust function whose base is',
		'hoisted out of a loop and chosen between two (fdfind, batcat, librsvg). Such a jump is carried out by looking the target up; what it leads to is missed only if nothing else leads there.', '', '## Programs', '', ...HEAD(' libraries | closure %')];
	text[text.length - 1] += '---|';
	for (const p of programs) {
		const own = [p.r, ...p.libs.map(l => libraries.find(x => x.file === l)?.r).filter(Boolean)], of = k => own.reduce((n, r) => n + r[k], 0);
		text.push(row(basename(p.path), p.r, p.c, ` ${p.libs.length} | ${percent(of('listedCovered'), of('listedBytes'))} |`));
	}
	text.push('', '## Libraries', '', ...HEAD(''), ...libraries.map(l => row(basename(l.file), l.r, l.c)));
	writeFileSync(file, text.join('\n') + '\n' + runsText());
}

const AT_WORK = '\n## Programs at work\n';

function
runsText()
{
	if (!existsSync(ran))
		return '';
	const text = [AT_WORK, 'Instructions that the interpreter ran (`--stats`), against a low guess of all of them: 10^9 for each second of processor time that the native run takes.', '',
		'| run | native CPU s | here s | interpreted | of all, at most % | mostly in |', '|---|---|---|---|---|---|'];
	for (const r of JSON.parse(readFileSync(ran, 'utf8')))
		text.push(`| ${r.name} | ${r.native.toFixed(2)} | ${r.here.toFixed(1)} | ${r.interpreted} | ${(100 * r.interpreted / (r.native * 1e9)).toFixed(4)} | ${r.most} |`);
	return text.join('\n') + '\n';
}

const args = process.argv.slice(2), has = a => args.includes(a), value = a => has(a) ? args[args.indexOf(a) + 1] : null;
const end = Date.now() + Number(value('--minutes') ?? 1e6) * 60000;
mkdirSync(work, { recursive: true });
if (has('--only-runs')) {
	const report = value('--only-runs');

	runs(elfport, work, end, ran);
	writeFileSync(report, readFileSync(report, 'utf8').split(AT_WORK)[0] + runsText());
	process.exit(0);
}
if (has('--fetch'))
	fetchPackages();
const programs = [], libraries = new Map();
for (const path of PROGRAMS) {
	const file = locate(path), r = file && inspect(file, false);
	if (!r) {
		console.log(`${path}: not there`);
		continue;
	}
	const { libs, missing } = closure(file);
	if (missing.length)
		console.log(`${path}: not found: ${missing.join(' ')}`);
	programs.push({ path, file, r, libs });
	for (const l of libs)
		libraries.set(l, null);
}
const files = [...libraries.keys()].sort((a, b) => basename(a) < basename(b) ? -1 : 1).map(file => ({ file, r: inspect(file, false) })).filter(l => l.r);
for (const f of [...programs, ...files].sort((a, b) => a.r.text - b.r.text))
	f.c = inspect(f.file, has('--compile') && Date.now() < end ? true : 'kept');
if (has('--runs'))
	runs(elfport, work, end, ran);
if (has('--write'))
	writeReport(value('--write'), programs, files);
const bad = [...programs, ...files].filter(f => f.r.listedCovered * 1000 < f.r.listedBytes * 995);
for (const f of bad)
	console.log(`below 99.5 %: ${f.file} ${percent(f.r.listedCovered, f.r.listedBytes)}`);
console.log(`${programs.length + files.length - bad.length} passed, ${bad.length} failed`);
process.exit(bad.length ? 1 : 0);
