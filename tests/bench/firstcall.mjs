// A first long call: the only loop of main, running ten seconds in code that nobody has called before. Prints when it reaches the speed it ends with.
// V8's kept machine code is taken away first.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url)), top = join(here, '../..'), out = join(top, 'build/bench');
const WARM = 0.9, LIMIT_MS = 300;
mkdirSync(out, { recursive: true });
const exe = join(out, 'firstcall'), dir = mkdtempSync(join(out, 'cache-'));

function
must(cmd, ...args)
{
	const r = spawnSync(cmd, args, { encoding: 'utf8' });
	if (r.status !== 0)
		throw new Error(`${cmd}: status ${r.status} ${r.stderr}`);
	return r.stdout;
}

try {
	must('gcc', '-O2', '-static', '-o', exe, join(here, 'firstcall.c'));
	must(join(top, 'build/elfport'), 'compile', '--cache', dir, exe);
	const rates = must(join(top, 'build/elfport'), 'run', '--cache', dir, exe).split('\n').filter(Boolean).map(Number);
	const warm = rates.slice(50).sort((a, b) => a - b)[25];
	const first = rates.findIndex(r => r >= WARM * warm);
	console.log(`first long call: ${Math.round(100 * WARM)} % of the warm speed ${first < 0 ? 'never' : `from ${first * 100} ms on`} (aim: ${LIMIT_MS} ms); ` +
		`of the warm speed in the first tenths of a second: ${rates.slice(0, 6).map(r => (r / warm).toFixed(2)).join(' ')}`);
} finally {
	rmSync(dir, { recursive: true, force: true });
}
