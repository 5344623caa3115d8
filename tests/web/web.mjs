// web.mjs - the sample page in Chromium and Firefox, isolated and not, as a person uses it. Outputs are compared with native runs.
//   node web.mjs SITES [BROWSER-MODE...]     for example chromium-plain

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { serve } from '../../samples/page/serve.mjs';
import { Screen } from './screen.mjs';
import { missing } from './missing.mjs';

const sites = process.argv[2], only = process.argv.slice(3);
const shots = path.join(path.dirname(sites), 'tests', 'web');
let passed = 0, failed = 0;

async function check(name, f) {
	const start = Date.now();
	try {
		await f();
		passed++;
		console.log(`ok ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
	} catch (e) {
		failed++;
		console.log(`FAIL ${name}: ${e.message}`);
	}
}

function same(what, have, want) {
	if (have !== want)
		throw new Error(`${what}: |${have}|, native |${want}|`);
}

const spaces = (line) => line.replace(/[^\t]*\t/g, (m) => m.slice(0, -1).padEnd((Math.floor((m.length - 1) / 8) + 1) * 8));

// what the shell prints for this line, natively
function native(line, site) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'elfport-web-')), cwd = path.join(dir, 'home');
	fs.mkdirSync(cwd);
	try {
		const applets = path.join(dir, 'bin');
		fs.mkdirSync(applets);
		if (site === 'busybox')
			spawnSync('/bin/busybox', ['--install', '-s', applets]);
		const r = site === 'bash' ? spawnSync('/bin/bash', ['-c', line], { cwd, encoding: 'utf8', env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/home/user' } }) :
			spawnSync('/bin/busybox', ['sh', '-c', line], { cwd, encoding: 'utf8', env: { PATH: applets, HOME: '/home/user' } });
		return (r.stdout + r.stderr).replace(/\n$/, '').split('\n').map(spaces).join('\n');
	} finally {
		fs.rmSync(dir, { recursive: true });
	}
}

const COMMANDS = ['echo hello world', 'seq 1 100000 | sort -rn | head -3', 'for i in 1 2 3; do echo $((i * i)); done',
	'printf "%s\\n" pear apple fig | sort | tr a-z A-Z | cat -n', 'sleep 0.2 & wait $!; echo waited $?', 'echo one > f; echo two >> f; cat f; rm f; ls',
	'(exit 7); echo $?', 'echo äöü € 日本 | wc -m', 'cat /nonexistent', 'id -u >/dev/null; echo ~'];
const BUSYBOX = ['sha256sum /bin/busybox | cut -c1-64', 'cp /bin/busybox ./tr; echo copied | ./tr a-z A-Z; rm tr'];
const BASH = ['false | true; echo ${PIPESTATUS[@]}', 'sum /bin/bash', 'cp /bin/cat ./mycat; echo copied | ./mycat; rm mycat',
	'ls -l /bin/sort | cut -c1-10', 'declare -A m=([a]=1 [b]=2); echo ${m[b]} ${#m[@]}', 'cat <(echo a) <(echo b)', 'trap "echo bye" EXIT; (trap - EXIT; true); trap - EXIT; echo {1..5}',
	'x=$(seq 10 | while read n; do echo -n "$n,"; done); echo "$x"', 'grep -c root /etc/passwd <<< x; sed s/b/c/ <<< abc', 'ulimit -n >/dev/null; echo $((2**40))'];

async function keys(s) {
	await s.prompt();
	await s.type('while :; do :; done\n');
	await new Promise((resolve) => setTimeout(resolve, 700));
	await s.press('Control+C');
	same('status after Ctrl-C', await s.command('echo "[$?]"'), '[130]');
	await s.type('sleep 100\n');
	await new Promise((resolve) => setTimeout(resolve, 400));
	await s.press('Control+Z');
	await s.shows('Stopped');
	await s.prompt();
	if (!/Stopped.*sleep 100/.test(await s.command('jobs')))
		throw new Error('jobs does not show the stopped one');
	await s.command('kill -9 %1');
	await s.command('wait');
	await s.clear();
	await s.type('echo edzted');
	for (let i = 0; i < 3; i++)
		await s.press('ArrowLeft');
	await s.press('Backspace');
	await s.type('i\n');
	await s.shows('\nedited');
	await s.prompt();
	await s.press('ArrowUp');
	await s.shows(/> echo edited$/);
	await s.press('Control+U');
	await s.press('Control+K');
	await s.prompt();
	same('a file name completed', await s.command('cat /etc/hostn\t').then((t) => t.split('\n').pop()), 'elfport');
	same('typed UTF-8', await s.command('echo "grün €"'), 'grün €');
}

async function resized(s) {
	const before = await s.command('stty size');
	await s.command('trap "echo winch" WINCH');
	await s.browser.resize(700, 420);
	const size = () => s.evaluate('`${elfport.term.rows} ${elfport.term.cols}`');
	await s.until('another size', size, (v) => v !== before);
	await new Promise((resolve) => setTimeout(resolve, 700));
	const now = await size();
	await s.type('\n');                             // bash runs the trap when it is back at work
	await s.shows('winch');
	same('stty size after a resize', await s.command('stty size'), now);
	await s.command('trap - WINCH');
	await s.browser.resize(900, 600);
}

async function paste(s) {
	await s.prompt();
	await s.evaluate('void elfport.term.paste("echo pasted text")');
	await s.shows(/> echo pasted text$/);
	await s.type('\n');
	await s.shows('\npasted text');
	await s.clear();
	await s.type('cat > big\n');
	await new Promise((resolve) => setTimeout(resolve, 300));
	await s.evaluate('void elfport.run.input(new TextEncoder().encode("0123456789 abcdefghijklmnopqrstuvwxyz\\n".repeat(3000)))');
	await s.press('Control+D');
	await s.until('the end of cat', () => s.text(), (t) => `${t} `.endsWith('\n> '));
	same('bytes of a large paste', await s.command('wc -c < big; sort -u big; rm big'), '114000\n0123456789 abcdefghijklmnopqrstuvwxyz');
	await s.clear();
}

async function editor(s, program) {
	await s.clear();
	await s.type(`${program} note.txt\n`);
	await s.shows(/"note\.txt" \[|- note\.txt/);
	await new Promise((resolve) => setTimeout(resolve, 500));
	await s.type('ifirst line\nsecond lime');
	await s.press('Escape');
	await new Promise((resolve) => setTimeout(resolve, 400));       // else it begins an escape sequence
	await s.type('rn0x');
	await s.type(':wq\n');
	await s.shows(/> $|>$/);
	same('what the editor wrote', await s.command('cat note.txt; rm note.txt'), 'first line\necond limn');
}

async function ended(s) {
	await s.clear();
	await s.type('exit 3\n');
	await s.until('the end', () => s.state(), (v) => v === 'ended');
	same('what the page says', await s.evaluate('document.getElementById("state").textContent'), 'ended with status 3');
	await s.browser.click('#restart');
	await s.running();
	await s.setPrompt();
	same('after a restart', await s.command('echo again'), 'again');
}

async function session(kind, mode, site) {
	const name = `${kind}-${mode}`;
	if (only.length && !only.includes(name))
		return;
	const { url, server } = await serve(path.join(sites, site), 0, { plain: mode === 'plain' });
	const s = await Screen.open(kind, url);
	const is = (what, f) => check(`${name} ${site}: ${what}`, f);
	try {
		await is('starts', async () => {
			await s.goto();
			await s.running();
			same('isolated', String(await s.evaluate('crossOriginIsolated')), String(mode === 'isolated'));
			await s.setPrompt();
		});
		for (const line of [...COMMANDS, ...site === 'bash' ? BASH : BUSYBOX]) {
			await is(line, async () => {
				const shown = (await s.command(line)).split('\n').filter((l) => !/^\[\d\]/.test(l));     // job numbers
				same('output', shown.join('\n'), native(line, site));
			});
		}
		await is('keys', () => keys(s));
		await is('resize', () => resized(s));
		await is('paste', () => paste(s));
		await is('editor', () => editor(s, site === 'bash' ? 'vim.tiny' : 'vi'));
		await s.browser.screenshot(path.join(shots, `${name}.png`));
		await is('exit and restart', () => ended(s));
		await is('no messages in the console', () => same('console', s.browser.messages.join('\n'), ''));
	} finally {
		await s.close();
		server.close();
		server.closeAllConnections();
	}
}

fs.mkdirSync(shots, { recursive: true });
await session('chromium', 'isolated', 'bash');
await session('chromium', 'plain', 'busybox');
await session('firefox', 'isolated', 'busybox');
await session('firefox', 'plain', 'bash');
if (!only.length || only.includes('missing'))
	await missing(path.join(sites, 'busybox'), check, same);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
