// screen.mjs - a page with a terminal, as a person uses it: keys in, the screen out.

import { open } from './browser.mjs';

const LINES = `(() => {
	const b = elfport.term.buffer.active, out = [];
	for (let i = 0; i < b.length; i++) {
		const line = b.getLine(i), text = line.translateToString(true);
		if (line.isWrapped && out.length)
			out[out.length - 1] += text;
		else
			out.push(text);
	}
	return out.join('\\n').trimEnd();
})()`;
const PROMPT = '> ';

export class Screen {
	// kind: chromium or firefox
	static async open(kind, url) {
		const s = new Screen();
		s.browser = await open(kind);
		s.url = url;
		return s;
	}

	evaluate(expression) {
		return this.browser.evaluate(expression);
	}

	async goto(url = this.url) {
		await this.browser.goto(url);
	}

	text() {
		return this.evaluate(LINES);
	}

	state() {
		return this.evaluate('elfport.state');
	}

	// Waits until done(value of get()) holds; throws with what was there instead.
	async until(what, get, done, ms = 30000) {
		const end = Date.now() + ms;
		let value;
		for (;;) {
			value = await get();
			if (done(value))
				return value;
			if (Date.now() > end)
				throw new Error(`${what}: not within ${ms} ms; there is:\n${value}\n${this.browser.messages.slice(-5).join('\n')}`);
			await new Promise((resolve) => setTimeout(resolve, 40));
		}
	}

	async running(ms = 60000) {
		const s = await this.until('start', () => this.state(), (v) => v === 'running' || v === 'failed', ms);
		if (s === 'failed')
			throw new Error(`does not start: ${await this.evaluate('document.getElementById("message").textContent')}`);
	}

	shows(pattern, ms) {
		return this.until(`screen with ${pattern}`, () => this.text(), (t) => typeof pattern === 'string' ? t.includes(pattern) : pattern.test(t), ms);
	}

	type(text) {
		return this.browser.type(text);
	}

	press(key) {
		return this.browser.press(key);
	}

	// the prompt is the last line and there is nothing behind it
	prompt(ms) {
		return this.until('prompt', () => this.text(), (t) => `${t} `.endsWith(`\n${PROMPT}`) || `${t} ` === PROMPT, ms);
	}

	// Types a command line at the prompt; answers what it printed.
	async command(line, ms) {
		await this.prompt(ms);
		const before = (await this.text()).length;
		await this.type(`${line}\n`);
		await this.until(`end of ${line}`, () => this.text(), (t) => t.length > before + line.length && `${t} `.endsWith(`\n${PROMPT}`), ms);
		const text = (await this.text()).slice(before).trimStart();
		return text.slice(line.length + 1, text.length - PROMPT.length + 1).replace(/\n$/, '');
	}

	async setPrompt() {
		await this.shows(/[$#] ?$/);
		await this.type(`PS1='${PROMPT}'\n`);
		await this.clear();
	}

	// at the prompt: forgets everything above it
	async clear() {
		await this.prompt();
		await this.evaluate('void elfport.term.clear()');
		await this.until('an empty screen', () => this.text(), (t) => `${t} ` === PROMPT);
	}

	close() {
		return this.browser.close();
	}
}
