// page.js - the sample page: an xterm.js terminal, a progress bar, and clear words when something is missing.

import { Run } from './browser/terminal.js';
import { missingFeatures } from './browser/features.js';

const { Terminal, FitAddon } = globalThis;
const $ = (id) => document.getElementById(id);
const SIGNALS = { 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 6: 'SIGABRT', 8: 'SIGFPE', 9: 'SIGKILL', 11: 'SIGSEGV', 13: 'SIGPIPE', 15: 'SIGTERM' };

const page = { term: null, run: null, state: 'loading', ended: null };
globalThis.elfport = page;                      // for the console, and for tests

function state(name, text = name) {
	page.state = name;
	$('state').textContent = text;
}

function complain(text) {
	$('message').textContent = text;
	$('message').hidden = false;
	$('progress').classList.add('done');
}

function ended(how) {
	page.ended = how;
	if (how.failed !== undefined) {
		state('failed');
		complain(how.failed);
	} else
		state('ended', how.signal ? `ended by ${SIGNALS[how.signal] ?? `signal ${how.signal}`}` : `ended with status ${how.code}`);
	$('restart').hidden = false;
	$('restart').focus();
}

function start() {
	const { term } = page;
	$('message').hidden = true;
	$('restart').hidden = true;
	$('progress').classList.remove('done');
	state('loading');
	page.ended = null;
	term.reset();
	page.run = new Run(document.baseURI, { rows: term.rows, cols: term.cols }, {
		progress(done, total) {
			$('progress').value = total ? done / total : 0;
			if (page.state === 'loading')
				$('state').textContent = `loading ${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
		},
		started() {
			$('progress').classList.add('done');
			state('running');
			term.focus();
		},
		output: (bytes, drawn) => term.write(bytes, drawn),
		log(text) {
			console.warn(text);
			term.write(text.replace(/\r?\n/g, '\r\n'));
		},
		ended,
	});
}

function main() {
	const missing = missingFeatures();
	if (!Terminal || !FitAddon)
		return complain('xterm.js could not be loaded: the site is incomplete.');
	if (missing.length) {
		state('failed');
		return complain(`This browser cannot run the program: it lacks ${missing.join(', ')}.\n` +
			'Chromium 112, Firefox 121 and Safari 18.2 or newer have all of it.');
	}
	const term = page.term = new Terminal({ cursorBlink: false, scrollback: 5000, fontSize: 14, convertEol: false });
	const fit = new FitAddon.FitAddon();
	term.loadAddon(fit);
	term.open($('terminal'));
	fit.fit();
	const encoder = new TextEncoder();
	term.onData((text) => page.run.input(encoder.encode(text)));
	term.onBinary((text) => page.run.input(Uint8Array.from(text, (c) => c.charCodeAt(0))));
	term.onResize(({ rows, cols }) => page.run.resize({ rows, cols }));
	new ResizeObserver(() => fit.fit()).observe($('terminal'));
	$('restart').addEventListener('click', start);
	start();
}

main();
