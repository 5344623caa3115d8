// Programs at work, for coverage.mjs: each takes a second or more natively. What the interpreter ran is taken from --stats, where from --profile.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const RUNS = [
	['bash', '/usr/bin/bash', ['-c', 's=0; for ((i=0;i<400000;i++)); do ((s+=i%7)); a[i%100]=$s; [[ $s == *5 ]] && t=${s/5/x}; done; echo $s $t ${#a[@]}']],
	['gawk', '/usr/bin/gawk', ['BEGIN { for (i = 0; i < 1500000; i++) { a[i % 1000] = a[i % 1000] + i; s = s substr("abc", i % 3 + 1, 1); if (length(s) > 60) { n += gsub(/b+/, "-", s); s = "" } } print n, a[7]; printf "%.3f\\n", sin(n) }']],
	['sed', '/usr/bin/sed', ['-E', 's/([a-z]+) ([0-9]+)/\\2-\\1/g; y/abc/xyz/; /9$/!s/x/[&]/2', 'text']],
	['grep', '/usr/bin/grep', ['-cE', '(foo|ba[rz]|line).*[0-9]{3}.*(1|3|7)+$', 'text']],
	['sort', '/usr/bin/sort', ['-k3,3', '-k1,1nr', 'text', '-o', 'sorted']],
	['sqlite3', '/usr/bin/sqlite3', [':memory:', 'create table t(a integer primary key, b text, c real); with recursive n(i) as (select 1 union all select i+1 from n where i < 300000) ' +
		'insert into t select i, \'name\' || (i * 7919 % 10007), i * 1.5 from n; create index x on t(b); select count(*), sum(c), max(b) from t where b like \'name1%\'; ' +
		'select u.b, count(*) from t u join t v on u.b = v.b where u.a < 20000 group by u.b order by 2 desc limit 3;']],
	['lua5.4', '/usr/bin/lua5.4', ['-e', 'local t = {} for i = 1, 4000000 do t[i % 1000] = (t[i % 1000] or 0) + i % 7; if i % 1000 == 0 then t["k" .. i] = string.format("%d:%s", i, ("x"):rep(3)):gsub("x", "y") end end print(t[7])']],
	['perl', '/usr/bin/perl', ['-e', 'my %h; for my $i (1 .. 700000) { my $k = "key" . ($i % 5003); $h{$k} += $i; if ($k =~ /^key(\\d)(\\d*)5$/) { $h{$1} .= $2 if length($h{$1} // "") < 50 } } ' +
		'my @s = sort { $h{$a} cmp $h{$b} } keys %h; print scalar(@s), " $s[0]\\n"; printf "%s\\n", join ",", map { sprintf "%x", $_ * 3 } 1 .. 9;']],
	['python3', '/usr/bin/python3.11', ['-c', 'import json,re,hashlib\nd={}\nfor i in range(400000):\n d[i%997]=d.get(i%997,0)+i\ns=json.dumps([{"a":i,"b":[i/3]} for i in range(30000)])\n' +
		'print(len(json.loads(s)),len(re.findall(r"\\d+\\.\\d+",s)),hashlib.sha256(s.encode()).hexdigest(),sorted(d.values())[5])\nprint(sum(int(x) for x in map(str,range(300000))))']],
	['openssl', '/usr/bin/openssl', ['enc', '-aes-256-cbc', '-pbkdf2', '-iter', '900000', '-k', 'x', '-in', 'text', '-out', 'secret']],
	['xz', '/usr/bin/xz', ['-6k', '-f', 'half']],
	['gzip', '/usr/bin/gzip', ['-9kf', 'text']],
	['bzip2', '/usr/bin/bzip2', ['-kf', 'half']],
	['sha256sum', '/usr/bin/sha256sum', ['text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text']],
	['git', '/usr/bin/git', ['--no-pager', 'diff', '--no-index', '--stat', '--patience', 'text', 'other']],
	['tcc', '/usr/bin/tcc', ['-c', 'many.c', '-o', 'many.o']],
	['busybox awk', '/bin/busybox', ['awk', 'BEGIN { for (i = 0; i < 1500000; i++) a[i % 1000] += i % 7; print a[7] }']],
	['vim.tiny', '/usr/bin/vim.tiny', ['-u', 'NONE', '-es', '+%s/[a-z]\\+ \\(\\d\\)/\\1:/g', '+%sort', '+wq! edited', 'half']]
];

function
inputs(dir)
{
	let text = '', many = '';

	for (let i = 0, x = 1; i < 300000; i++) {
		x = (x * 48271) % 2147483647;
		text += `${['foo', 'bar', 'line', 'quux', 'baz'][x % 5]} ${x % 1000} ${x} ${i}\n`;
	}
	for (let i = 0; i < 20000; i++)
		many += `static int f${i}(int a, double b) { int s = a; for (int k = 0; k < ${i % 9 + 2}; k++) s += (k ^ a) * ${i} - (int)(b / (k + 1)); return s > 3 ? s : -s; }\n`;
	mkdirSync(dir, { recursive: true });
	writeFileSync(join(dir, 'text'), text);
	writeFileSync(join(dir, 'half'), text.slice(0, text.length / 2));
	writeFileSync(join(dir, 'other'), text.replaceAll(/7(\d)\n/g, '$17\n'));
	writeFileSync(join(dir, 'many.c'), many + 'int main(void) { return 0; }\n');
}

// The function symbols of a file, for names; stripped files have only their dynamic ones.
function
nameAt(file, address)
{
	const syms = (spawnSync('nm', ['-D', '--defined-only', file], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout ?? '').split('\n')
		.map(l => /^([0-9a-f]+) [tTwWi] (\S+)/.exec(l)).filter(Boolean).map(m => [parseInt(m[1], 16), m[2]]).sort((a, b) => a[0] - b[0]);
	const s = syms.filter(x => x[0] <= address).at(-1);

	return s && address - s[0] < 4096 ? s[1].replace(/@.*/, '') : `0x${address.toString(16)}`;
}

// The three places that the interpreter ran most, with their files.
function
hottest(profile)
{
	const places = new Map();

	for (const line of existsSync(profile) ? readFileSync(profile, 'utf8').split('\n') : []) {
		const m = /^\s*(\d+)\s+(\d+)\s+(?:0x)?([0-9a-f]+)\s+(\S+)/.exec(line);
		if (m) {
			const key = `${m[3]} ${m[4]}`;
			places.set(key, (places.get(key) ?? 0) + Number(m[1]));
		}
	}
	return [...places].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([k, n]) => {
		const [address, file] = k.split(' ');
		return `${basename(file)} ${nameAt(file, parseInt(address, 16))} (${n})`;
	}).join(', ');
}

// Measures what is not among the rows yet, as long as there is time, and keeps all in file. A program runs once before, into the cache.
export function
runs(elfport, work, end, file)
{
	const dir = join(work, 'runs'), rows = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];

	inputs(dir);
	for (const [name, prog, args] of RUNS) {
		if (!existsSync(prog) || Date.now() > end || rows.some(r => r.name === name))
			continue;
		const profile = join(dir, 'profile'), env = { ...process.env, HOME: dir, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(work, '../tests/cache'), LC_ALL: 'C' };
		const options = { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 28, env };
		spawnSync(elfport, ['run', prog, '--version'], { ...options, stdio: 'ignore' });
		rmSync(profile, { force: true });
		const before = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1 </dev/null', 'bash', prog, ...args], options).stderr.trim().split(' ').map(Number);
		const start = Date.now(), r = spawnSync(elfport, ['run', '--stats', `--profile=${profile}`, prog, ...args], options), m = /instructions interpreted (\d+)/.exec(r.stderr);
		if (!m) {
			console.log(`${name}: ${r.stderr.slice(-300)}`);
			continue;
		}
		rows.push({ name, native: before[0] + before[1], here: (Date.now() - start) / 1000, interpreted: Number(m[1]), status: r.status, most: hottest(profile) });
		console.log(JSON.stringify(rows.at(-1)));
		writeFileSync(file, JSON.stringify(rows, null, '\t') + '\n');
	}
	return rows.sort((a, b) => RUNS.findIndex(x => x[0] === a.name) - RUNS.findIndex(x => x[0] === b.name));
}
