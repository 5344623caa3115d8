// missing.mjs - a site with something wrong: the page says what, and what can go on goes on.

import fs from 'node:fs';
import path from 'node:path';
import { serve } from '../../samples/page/serve.mjs';
import { Screen } from './screen.mjs';

const message = (s) => s.evaluate('document.getElementById("message").textContent');

// change(path, bytes) as serve() takes it; f(screen) looks at the page
async function broken(site, change, f) {
	const { url, server } = await serve(site, 0, { plain: true, change });
	const s = await Screen.open('chromium', url);
	try {
		await s.goto();
		await f(s);
	} finally {
		await s.close();
		server.close();
		server.closeAllConnections();
	}
}

function fails(site, change, pattern) {
	return broken(site, change, async (s) => {
		await s.until('a failure', () => s.state(), (v) => v === 'failed', 20000);
		const text = await message(s);
		if (!pattern.test(text))
			throw new Error(`the page says |${text}|`);
	});
}

function damaged(bytes) {
	const b = Buffer.from(bytes);
	b[b.length >> 1] ^= 1;
	return b;
}

export async function missing(site, check, same) {
	const manifest = JSON.parse(fs.readFileSync(path.join(site, 'site.json'), 'utf8')), at = (file) => `/${file.url}`;
	const only = (name, f) => (p, bytes) => p === name ? f(bytes) : bytes;
	const code = Object.values(manifest.code)[0];
	await check('missing: no manifest', () => fails(site, only('/site.json', () => null), /site\.json: the server answered 404/));
	await check('missing: a manifest that is none', () => fails(site, only('/site.json', () => Buffer.from('<html>')), /site\.json/));
	await check('missing: kernel 404', () => fails(site, only(at(manifest.kernel), () => null), /code\/[0-9a-f]+\.wasm: the server answered 404/));
	await check('missing: damaged code', () => fails(site, only(at(code.code), damaged), /wrong hash/));
	await check('missing: damaged index', () => fails(site, only(at(manifest.index), damaged), /wrong hash/));
	await check('missing: a worker script', () => fails(site, only('/browser/cpu.js', () => null), /worker/));
	// resume copies only make things faster
	await check('missing: resume module', () => broken(site, only(at(code.resume), () => null), async (s) => {
		await s.running();
		await s.shows('answered 404');
		await s.shows('the interpreter does its work');
		await s.type('\n');
		await s.setPrompt();
		same('sum', await s.command('i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; echo $i'), '3000');
	}));
}
