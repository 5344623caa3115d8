// build.mjs - makes a folder that any static web server can serve: the page, the kernel and the engine, recompiled modules and a packed
// root. See README.md, or --help.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readElf, Libraries } from './elf.mjs';
import { Tree, packTree, sha256 } from './pack.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const top = path.resolve(here, '../..');
const HELP = `Usage: node build.mjs -o SITE [OPTION...] -- PROG [ARGS...]
  -o SITE           the folder to make; one that is there is replaced if this program has made it
  --root DIR        host folder whose files are taken, default /
  --all             everything below that folder
  --add PATH        a file or folder in it, in addition to the program, its interpreter and its libraries; repeated
  --over DIR        a host folder that is laid over the root, file by file; repeated
  --folder PATH[:MODE[:UID]]   an empty folder
  --link PATH=TARGET   a symbolic link
  --env K=V         environment, repeated
  --cwd PATH        working folder, default /
  --uid N           user and group, default 0
  --title TEXT      of the page
  --no-compile      leave out files that are not in the cache of recompiled code`;

class Stop extends Error {}

function parse(argv) {
	const o = { root: '', add: [], over: [], folder: [], link: [], env: [], cwd: '/', uid: 0, title: 'elfport', compile: true };
	const lists = { '--add': 'add', '--over': 'over', '--folder': 'folder', '--link': 'link', '--env': 'env' };
	const values = { '-o': 'site', '--root': 'root', '--cwd': 'cwd', '--uid': 'uid', '--title': 'title' };
	for (let i = 0; i < argv.length; i++) {
		const a = argv[i];
		if (a === '--') {
			o.args = argv.slice(i + 1);
			break;
		}
		if (a === '--help') {
			console.log(HELP);
			process.exit(0);
		}
		if (a === '--all')
			o.all = true;
		else if (a === '--no-compile')
			o.compile = false;
		else if (a in lists && i + 1 < argv.length)
			o[lists[a]].push(argv[++i]);
		else if (a in values && i + 1 < argv.length)
			o[values[a]] = argv[++i];
		else
			throw new Stop(`unknown option ${a}; --help lists them`);
	}
	if (!o.site || !o.args?.length)
		throw new Stop('a folder (-o SITE) and a program (-- PROG) are needed');
	if (!path.isAbsolute(o.args[0]))
		throw new Stop(`${o.args[0]}: the program's absolute path is needed`);
	o.root = o.root.replace(/\/+$/, '');
	return o;
}

// Adds a file and, if it is a program or library, what it loads. Answers the guest paths (without links) of all of these.
function addClosure(tree, libraries, root, guest, seen = new Set()) {
	let real;
	try {
		real = tree.add(root, guest);
	} catch (e) {
		throw new Stop(`${root}${guest}: ${e.code === 'ENOENT' ? 'not found' : e.message}`);
	}
	addNeeds(tree, libraries, root, real, seen);
	return seen;
}

// Adds what a file that is in the tree loads.
function addNeeds(tree, libraries, root, real, seen) {
	const node = tree.get(real);
	if (node.children || seen.has(real))
		return;
	const elf = readElf(fs.readFileSync(node.host));
	if (!elf)
		return;
	seen.add(real);
	if (elf.interp)
		addClosure(tree, libraries, root, elf.interp, seen);
	for (const name of elf.needed) {
		let found;
		try {
			found = libraries.find(name, elf, path.posix.dirname(real));
		} catch (e) {
			throw new Stop(`${real} needs a library: ${e.message}`);
		}
		addClosure(tree, libraries, root, found, seen);
	}
}

function makeTree(o) {
	const tree = new Tree(), libraries = new Libraries(o.root);
	if (o.all)
		tree.below(tree.root, o.root || '/');
	for (const name of ['/proc', '/sys', '/dev', '/root', '/etc'])
		tree.folder(name);
	tree.folder('/tmp', 0o1777);
	const first = addClosure(tree, libraries, o.root, o.args[0]);
	for (const guest of o.add)
		addClosure(tree, libraries, o.root, guest);
	for (const dir of o.over)
		tree.below(tree.root, dir);
	// folders and links may have brought programs whose libraries are not there yet
	for (const [guest, n] of [...tree.walk()])
		if (n.host && readElf(fs.readFileSync(n.host)))
			addNeeds(tree, libraries, o.root, guest, new Set());
	tree.own(0, 0);
	for (const f of o.folder) {
		const [guest, mode, uid] = f.split(':');
		tree.folder(guest, mode ? parseInt(mode, 8) : undefined, uid ? Number(uid) : undefined);
	}
	for (const l of o.link) {
		const eq = l.indexOf('=');
		if (eq < 1)
			throw new Stop(`--link ${l}: PATH=TARGET is needed`);
		tree.link(l.slice(0, eq), l.slice(eq + 1));
	}
	return { tree, first };
}

class Site {
	constructor(dir) {
		this.dir = dir;
		fs.mkdirSync(path.join(dir, 'data'), { recursive: true });
		fs.mkdirSync(path.join(dir, 'code'));
	}

	// under a name that its content gives
	put(folder, bytes, ending = '') {
		const hash = sha256(bytes).toString('hex'), url = `${folder}/${hash}${ending}`;
		fs.writeFileSync(path.join(this.dir, url), bytes);
		return { url, sha256: hash, size: bytes.length };
	}

	copy(from, to) {
		fs.mkdirSync(path.dirname(path.join(this.dir, to)), { recursive: true });
		fs.copyFileSync(from, path.join(this.dir, to));
	}
}

function cacheFolder() {
	return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'elfport');
}

// Recompiled code of one ELF file, from the cache or made now; null: none, the interpreter runs it.
function recompile(site, elfport, file, compile, said) {
	const cache = cacheFolder();
	const key = spawnSync(elfport, ['compile', '--print-key', file], { encoding: 'latin1' });
	if (key.status !== 0)
		return null;
	const folder = path.join(cache, key.stdout.trim());
	if (!fs.existsSync(folder)) {
		if (!compile)
			return null;
		said(`recompiling ${file}`);
		const r = spawnSync(elfport, ['compile', '--cache', cache, file], { stdio: ['ignore', 'ignore', 'inherit'] });
		if (r.status !== 0 || !fs.existsSync(folder))
			return null;
	}
	const get = (name) => {
		const p = path.join(folder, name);
		return fs.existsSync(p) ? site.put('code', fs.readFileSync(p), '.wasm') : null;
	};
	return { code: get('code.wasm'), resume: get('resume.wasm') };
}

function copyPage(site, title) {
	for (const group of ['host', 'browser'])
		for (const name of fs.readdirSync(path.join(top, 'web', group)))
			site.copy(path.join(top, 'web', group, name), `${group}/${name}`);
	for (const name of fs.readdirSync(path.join(here, 'site')))
		site.copy(path.join(here, 'site', name), name);
	const html = path.join(site.dir, 'index.html'), escaped = title.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
	fs.writeFileSync(html, fs.readFileSync(html, 'utf8').replaceAll('{title}', escaped));
	const modules = path.join(top, 'build/web/node_modules/@xterm');
	for (const [from, to] of [['xterm/lib/xterm.js', 'xterm/xterm.js'], ['xterm/css/xterm.css', 'xterm/xterm.css'],
		['addon-fit/lib/addon-fit.js', 'xterm/addon-fit.js']]) {
		if (!fs.existsSync(path.join(modules, from)))
			throw new Stop(`${path.join(modules, from)} is missing: make setup installs it`);
		site.copy(path.join(modules, from), to);
	}
}

function build(o, dir, said) {
	const elfport = path.join(top, 'build/elfport'), site = new Site(dir);
	const { tree, first } = makeTree(o);
	const { index, blobs } = packTree(tree, (hash, bytes) => fs.writeFileSync(path.join(dir, 'data', hash), bytes), (b) => readElf(b)?.executable);
	const code = {}, warm = { blobs: [], code: [] }, wanted = new Set();
	for (const [guest, n] of tree.walk()) {
		const hash = n.elf?.toString('hex');
		if (!hash)
			continue;
		if (!(hash in code))
			code[hash] = recompile(site, elfport, n.host, o.compile, said);
		if (!code[hash]) {
			delete code[hash];
			said(`${guest}: no recompiled code, it will be interpreted`);
		} else if (first.has(guest))
			warm.code.push(hash);
		for (let b = n.place.first; first.has(guest) && b <= n.place.last; b++)
			wanted.add(b);
	}
	for (const b of wanted)
		warm.blobs.push({ sha256: blobs[b].hash.toString('hex'), size: blobs[b].size });
	copyPage(site, o.title);
	const manifest = {
		format: 1, engine: site.put('code', fs.readFileSync(path.join(top, 'build/engine.wasm')), '.wasm'),
		kernel: site.put('code', fs.readFileSync(path.join(top, 'build/kernel.wasm')), '.wasm'), index: site.put('data', index), code, warm,
		boot: { args: o.args, env: o.env, cwd: o.cwd, uid: Number(o.uid), hostname: 'elfport' },
	};
	fs.writeFileSync(path.join(dir, 'site.json'), JSON.stringify(manifest, null, '\t'));
	const size = (list) => (list.reduce((n, x) => n + x, 0) / 1e6).toFixed(1);
	said(`${o.site}: ${[...tree.walk()].length} files, ${size(blobs.map((b) => b.size))} MB in ${blobs.length} blobs, ` +
		`${size(Object.values(code).map((c) => c.code.size))} MB of code in ${Object.keys(code).length} modules`);
}

// what a builder that was killed has left
function removeLeftovers(site) {
	for (const name of fs.existsSync(path.dirname(site)) ? fs.readdirSync(path.dirname(site)) : []) {
		const pid = name.startsWith(`${path.basename(site)}.new-`) ? Number(name.slice(name.lastIndexOf('-') + 1)) : 0;
		if (pid && !fs.existsSync(`/proc/${pid}`))
			fs.rmSync(path.join(path.dirname(site), name), { recursive: true });
	}
}

function main() {
	const o = parse(process.argv.slice(2));
	const site = path.resolve(o.site), temp = `${site}.new-${process.pid}`;
	if (fs.existsSync(site) && !fs.existsSync(path.join(site, 'site.json')))
		throw new Stop(`${o.site} is there and was not made by this program`);
	removeLeftovers(site);
	try {
		build(o, temp, (text) => process.stderr.write(`build: ${text}\n`));
		fs.rmSync(site, { recursive: true, force: true });
		fs.renameSync(temp, site);
	} finally {
		fs.rmSync(temp, { recursive: true, force: true });
	}
}

try {
	main();
} catch (e) {
	if (!(e instanceof Stop))
		throw e;
	process.stderr.write(`build: ${e.message}\n`);
	process.exit(1);
}
