// serve.mjs - a static web server for a built site: `node serve.mjs SITE [PORT] [--plain]`. Prints its address. --plain leaves out the
// headers that isolate the page, so that it runs as on any simple server.

import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', json: 'application/json', wasm: 'application/wasm' };
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

// options: { plain, change(path, bytes) -> bytes or null for a 404 } (the tests damage files so). Answers { url, server }.
export function serve(site, port = 0, options = {}) {
	const root = fs.realpathSync(site);
	const server = http.createServer((req, res) => {
		let name;
		try {
			name = decodeURIComponent(new URL(req.url, 'http://x').pathname);
		} catch {
			res.writeHead(400).end();
			return;
		}
		const file = path.join(root, path.normalize(name).replace(/\/$/, '/index.html'));
		fs.readFile(file, (error, bytes) => {
			const body = !error && file.startsWith(root + path.sep) && options.change ? options.change(name, bytes) : bytes;
			const headers = { 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff', ...options.plain ? {} : ISOLATION };
			if (error || !file.startsWith(root + path.sep) || !body || !['GET', 'HEAD'].includes(req.method)) {
				res.writeHead(error || !body ? 404 : 405, { ...headers, 'Content-Type': 'text/plain' }).end('not found\n');
				return;
			}
			const named = /^\/(data|code)\/[0-9a-f]{64}/.test(name);
			res.writeHead(200, { ...headers, 'Content-Type': TYPES[path.extname(file).slice(1)] || 'application/octet-stream',
				'Content-Length': body.length, 'Cache-Control': named ? 'public, max-age=31536000, immutable' : 'no-cache' });
			res.end(req.method === 'HEAD' ? undefined : body);
		});
	});
	return new Promise((resolve, reject) => {
		server.on('error', reject);
		server.listen(port, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}/`, server }));
	});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const args = process.argv.slice(2), plain = args.includes('--plain'), [site, port] = args.filter((a) => a !== '--plain');
	if (!site || !fs.existsSync(path.join(site, 'site.json'))) {
		process.stderr.write('usage: node serve.mjs SITE [PORT] [--plain], SITE made by build.mjs\n');
		process.exit(1);
	}
	console.log((await serve(site, Number(port || 0), { plain })).url);
}
