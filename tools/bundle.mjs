// bundle.mjs - ES modules as one CommonJS file, which Node starts faster: `node bundle.mjs ENTRY OUTPUT`. Each module becomes a function; what
// it imports are properties of the other's exports. Knows the forms that our own files use and refuses others.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

const [entry, output] = process.argv.slice(2).map((p) => resolve(p));
const modules = new Map();                      // path -> text, dependencies first
const name = (path) => JSON.stringify(relative(dirname(dirname(output)), path));

function imported(what, from, path) {
	const source = from.startsWith('.') ? `modules[${name(load(resolve(dirname(path), from)))}]` : `load_builtin(${JSON.stringify(from)})`;
	const all = /^\* as (\w+)$/.exec(what)?.[1] ?? (from.startsWith('.') ? undefined : /^(\w+)$/.exec(what)?.[1]);
	if (all)
		return `const ${all} = ${source};`;
	if (!/^\{[\w\s,]*\}$/.test(what))
		throw new Error(`${path}: import ${what}`);
	return `const ${what} = ${source};`;
}

function load(path) {
	if (modules.has(path))
		return path;
	modules.set(path, null);
	const names = [];
	const text = readFileSync(path, 'utf8')
		.replace(/^import ([^;]+?) from '([^']+)';$/gm, (_, what, from) => imported(what, from, path))
		.replace(/^export ((?:async )?(?:function|class) (\w+))/gm, (_, decl, n) => (names.push(n), decl))
		.replace(/^export const ([^;]+);/gm, (_, decl) => {
			names.push(...[...decl.matchAll(/(?:^|, )(\w+) = /g)].map((m) => m[1]));
			return `const ${decl};`;
		})
		.replace(/'(\.\/\w+)\.mjs', import\.meta\.url/g, "'$1.cjs', here").replaceAll('import.meta.url', 'here');
	const odd = /^(import|export)\b.*/m.exec(text);
	if (odd)
		throw new Error(`${path}: ${odd[0]}`);
	modules.delete(path);
	modules.set(path, `modules[${name(path)}] = (() => {\n${text}\nreturn { ${names.join(', ')} };\n})();\n`);
	return path;
}

load(entry);
writeFileSync(`${output}.tmp`, `'use strict';\nconst load_builtin = require, here = require('node:url').pathToFileURL(__filename), modules = {};\n${[...modules.values()].join('')}`);
renameSync(`${output}.tmp`, output);
