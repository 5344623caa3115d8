// browser.mjs - one face for the two browsers: Chromium through playwright-core, Firefox through WebDriver BiDi.
//
// open(kind) -> { goto(url), evaluate(expression), type(text), press(key), click(selector), resize(w, h), screenshot(file), messages, close() }.
// Keys have playwright's names: Enter, Control+C, ArrowUp, Escape.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(path.join(top, 'build/web/package.json'));

const CHROMIUM_ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync'];

class Chromium {
	static async open() {
		const b = new Chromium();
		const { chromium } = require('playwright-core');
		b.browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: CHROMIUM_ARGS });
		b.page = await b.browser.newPage({ viewport: { width: 900, height: 600 } });
		b.messages = [];
		b.page.on('console', (m) => b.messages.push(m.text()));
		b.page.on('pageerror', (e) => b.messages.push(String(e)));
		return b;
	}

	goto(url) {
		return this.page.goto(url);
	}

	evaluate(expression) {
		return this.page.evaluate(expression);
	}

	type(text) {
		return this.page.keyboard.type(text);
	}

	press(key) {
		return this.page.keyboard.press(key);
	}

	click(selector) {
		return this.page.click(selector);
	}

	resize(width, height) {
		return this.page.setViewportSize({ width, height });
	}

	screenshot(file) {
		return this.page.screenshot({ path: file });
	}

	close() {
		return this.browser.close();
	}
}

// WebDriver's code points of keys that are no characters (WebDriver, 17.4.2)
const KEYS = { Enter: '\uE007', Control: '\uE009', Shift: '\uE008', Escape: '\uE00C', Tab: '\uE004', Backspace: '\uE003', ArrowUp: '\uE013',
	ArrowDown: '\uE015', ArrowLeft: '\uE012', ArrowRight: '\uE014' };

class Firefox {
	static async open() {
		const b = new Firefox();
		b.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'elfport-firefox-'));
		b.process = spawn(process.env.FIREFOX || '/usr/bin/firefox-esr', ['--headless', '--no-remote', '--remote-debugging-port', '0', '--profile',
			b.profile], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: b.profile, MOZ_DISABLE_CONTENT_SANDBOX: '1' } });
		const address = await new Promise((resolve, reject) => {
			let text = '';
			b.process.stderr.on('data', (d) => {
				text += d;
				const m = /WebDriver BiDi listening on (ws:\S+)/.exec(text);
				if (m)
					resolve(m[1]);
			});
			b.process.on('exit', () => reject(new Error(`firefox ended: ${text}`)));
		});
		const WebSocket = require('ws');
		b.socket = new WebSocket(`${address}/session`);
		b.waiting = new Map();
		b.last = 0;
		b.messages = [];
		b.socket.on('message', (d) => b.message(JSON.parse(d)));
		await new Promise((resolve, reject) => b.socket.on('open', resolve).on('error', reject));
		await b.call('session.new', { capabilities: {} });
		await b.call('session.subscribe', { events: ['log.entryAdded'] });
		b.context = (await b.call('browsingContext.getTree', {})).contexts[0].context;
		await b.resize(900, 600);
		return b;
	}

	message(m) {
		if (m.id === undefined)
			return void (m.method === 'log.entryAdded' && this.messages.push(m.params.text));
		const { resolve, reject } = this.waiting.get(m.id);
		this.waiting.delete(m.id);
		if (m.type === 'error')
			reject(new Error(`${m.error}: ${m.message}`));
		else
			resolve(m.result);
	}

	call(method, params) {
		const id = ++this.last;
		this.socket.send(JSON.stringify({ id, method, params }));
		return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
	}

	goto(url) {
		return this.call('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
	}

	async evaluate(expression) {
		const r = await this.call('script.evaluate', { expression: `JSON.stringify(${expression})`, target: { context: this.context },
			awaitPromise: false });
		if (r.type === 'exception')
			throw new Error(r.exceptionDetails.text);
		return r.result.value === undefined ? undefined : JSON.parse(r.result.value);
	}

	keys(list) {
		return this.call('input.performActions', { context: this.context, actions: [{ type: 'key', id: 'keyboard', actions: list }] });
	}

	type(text) {
		return this.keys([...text].flatMap((c) => {
			const value = c === '\n' || c === '\r' ? KEYS.Enter : c;
			return [{ type: 'keyDown', value }, { type: 'keyUp', value }];
		}));
	}

	press(key) {
		const list = key.split('+').map((k) => KEYS[k] ?? (k.length === 1 ? k.toLowerCase() : k));
		return this.keys([...list.map((value) => ({ type: 'keyDown', value })), ...list.reverse().map((value) => ({ type: 'keyUp', value }))]);
	}

	async click(selector) {
		const [x, y] = await this.evaluate(`(() => { const r = document.querySelector('${selector}').getBoundingClientRect();
			return [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)]; })()`);
		await this.call('input.performActions', { context: this.context, actions: [{ type: 'pointer', id: 'mouse', actions: [
			{ type: 'pointerMove', x, y }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }] }] });
	}

	resize(width, height) {
		return this.call('browsingContext.setViewport', { context: this.context, viewport: { width, height } });
	}

	async screenshot(file) {
		const r = await this.call('browsingContext.captureScreenshot', { context: this.context });
		fs.writeFileSync(file, Buffer.from(r.data, 'base64'));
	}

	async close() {
		const ended = new Promise((resolve) => this.process.on('exit', resolve));
		try {
			await Promise.race([this.call('browser.close', {}), new Promise((resolve) => setTimeout(resolve, 3000))]);
		} catch {
			// it is gone already
		}
		this.socket.close();
		this.process.kill();
		await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))]);
		fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
	}
}

export const open = (kind) => kind === 'firefox' ? Firefox.open() : Chromium.open();
