// Debian's lua5.4, perl, sqlite3 and python3.11, dynamically linked, with the scripts in lang/, natively and through elfport.
//   lang.mjs [--mode default|unwind|interpret]... [--jobs N] [NAME...]
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, here, options } from './compare.mjs';

const dir = join(here, 'lang'), python = '/usr/bin/python3.11', lua = '/usr/bin/lua5.4';
const text = name => readFileSync(join(dir, name), 'utf8');
const script = name => cwd => copyFileSync(join(dir, name), join(cwd, name));
const file = (cmd, name, more = {}) => ({ name, cmd, args: [name], stdin: '', prepare: script(name), seconds: 600, ...more });
const py = (name, args, stdin = '') => ({ name: `python-${name}`, cmd: python, args, stdin, seconds: 900 });
const env = { PYTHONDONTWRITEBYTECODE: '1', PYTHONHASHSEED: '0' };

// the database as the native sqlite3 sees it; its bytes depend on how two writers took turns
function
dump(order)
{
	return cwd => {
		const db = join(cwd, 'test.db');
		const r = spawnSync('sqlite3', [db, 'PRAGMA integrity_check; PRAGMA journal_mode;', order ?? '.dump'], { encoding: 'utf8', maxBuffer: 1 << 28 });
		for (const f of ['test.db', 'test.db-wal', 'test.db-shm'])
			rmSync(join(cwd, f), { force: true });
		return r.stdout + r.stderr + r.status;
	};
}

const writer = who => `.timeout 60000
CREATE TABLE IF NOT EXISTS t(who TEXT, n INTEGER, PRIMARY KEY(who, n));
${Array.from({ length: 100 }, (_, i) => `BEGIN IMMEDIATE; INSERT INTO t VALUES('${who}', ${i}); INSERT INTO t VALUES('${who}', ${1000 + i}); COMMIT;`).join('\n')}
SELECT count(*) FROM t WHERE who = '${who}';
`;
const wal = {
	name: 'sqlite-wal', cmd: '/bin/sh', stdin: '', seconds: 600,
	args: ['-c', 'sqlite3 test.db "PRAGMA journal_mode=WAL" && { sqlite3 test.db <a >a.out & sqlite3 test.db <b >b.out; wait; cat a.out b.out; sqlite3 test.db "PRAGMA integrity_check"; }'],
	prepare(cwd) {
		writeFileSync(join(cwd, 'a'), writer('a'));
		writeFileSync(join(cwd, 'b'), writer('b'));
	},
	after: dump('SELECT * FROM t ORDER BY who, n'),
};

const tests = [
	...['tables.lua', 'strings.lua', 'bench.lua'].map(n => file(lua, n)),
	{ name: 'lua-stdin', cmd: lua, args: ['-', 'x', 'y'], stdin: 'print(#arg, arg[1], arg[2], ...) error("at the end")', seconds: 600 },
	...['regex.pl', 'language.pl', 'system.pl'].map(n => file('/usr/bin/perl', n)),
	{ name: 'perl-n', cmd: '/usr/bin/perl', args: ['-lane', '$s += $F[1]; END { print $s }'], stdin: 'a 1\nb 2\nc 39\n', seconds: 600 },
	{ name: 'sqlite-file', cmd: '/usr/bin/sqlite3', args: ['test.db'], stdin: text('database.sql'), after: dump(), seconds: 600 },
	wal,
	...['data.py', 'system.py', 'workers.py'].map(n => file(python, n, { env })),
	py('c', ['-c', 'import sys; print(sys.argv, sys.version_info[:2], sys.flags.optimize); sys.exit("bye")', 'a', 'b']),
	py('m', ['-m', 'json.tool', '--indent', '2'], '{"b": [1, 2.5, null], "a": "text"}'),
	py('stdin', ['-'], 'import sys\nprint(__name__, sys.argv)\nprint(sum(range(1000)))\nraise ValueError("seen on stderr")\n'),
	py('flags', ['-E', '-S', '-X', 'utf8', '-c', 'import sys; print(sys.flags, ascii("ä"))']),
];

process.exit(await compare(tests, options(process.argv.slice(2))) ? 0 : 1);
