// cache.mjs - the cache folder of recompiled files (docs/abi.md) and the recompiler that fills it, as a part of Node's platform.

import { createRequire } from 'node:module';
import fs from 'node:fs';

const require = createRequire(import.meta.url);
const latin1 = (s) => Buffer.from(s, 'latin1');

export class Cache {
	constructor(config) {
		this.config = config;
		const dir = config.get('cache');
		this.cache = dir === undefined ? undefined : latin1(dir).toString();
	}

	cacheKey(bytes) {
		return require('node:crypto').createHash('sha256').update(latin1(this.config.get('version') || '')).update('\0')
			.update(latin1(this.config.get('options') || '')).update('\0').update(bytes).digest('hex');
	}

	// The key of a host file whose bigint stat is s, remembered by what changes whenever its bytes do.
	fileKey(name, s) {
		const memo = `${this.cache}/known/${s.dev}-${s.ino}`;
		const what = `${s.size} ${s.mtimeNs} ${s.ctimeNs} ${this.config.get('version')} ${this.config.get('options')} `;
		try {
			const text = fs.readFileSync(memo, 'latin1');
			if (text.startsWith(what) && /^[0-9a-f]{64}$/.test(text.slice(what.length)))
				return text.slice(what.length);
		} catch {
			// not known yet
		}
		const key = this.cacheKey(fs.readFileSync(name));
		this.write(memo, what + key);
		return key;
	}

	// a small file of the cache, whole or not at all; without it things only take longer
	write(path, text) {
		const temp = `${path}.${process.pid}`;
		try {
			fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
			fs.writeFileSync(temp, text);
			fs.renameSync(temp, path);
		} catch {
			fs.rmSync(temp, { force: true });
		}
	}

	loadModule(key, name) {
		if (this.cache === undefined)
			return null;
		try {
			return new WebAssembly.Module(fs.readFileSync(`${this.cache}/${key}/${name}`));
		} catch (e) {
			if (e.code !== 'ENOENT')
				this.warn(`${key}/${name}: ${e.message}`);
			return null;
		}
	}

	recompile(bytes, path) {
		const recompiler = this.config.get('recompiler');
		if (!recompiler || this.cache === undefined)
			return false;
		const { spawnSync } = require('node:child_process');
		let temp = null;
		if (!path) {
			temp = `${require('node:os').tmpdir()}/elfport-${process.pid}-${require('node:crypto').randomBytes(6).toString('hex')}`;
			fs.writeFileSync(temp, bytes, { mode: 0o600, flag: 'wx' });
		}
		const r = spawnSync(latin1(recompiler).toString(), ['compile', '--cache', this.cache,
			...this.config.all('option').map((o) => latin1(o).toString()), temp || path.toString()], { stdio: ['ignore', 'ignore', 2] });
		if (temp)
			fs.rmSync(temp, { force: true });
		return r.status === 0;
	}
}
