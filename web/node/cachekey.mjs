// cachekey.mjs - the name of a recompiled file in the cache (docs/abi.md).

import { createHash } from 'node:crypto';

// Is the file of that path one of those that --precise-faults names? Files without a path only count when all do.
export function isPrecise(config, path) {
	const names = config.get('precise');
	if (names === undefined || names === '*')
		return names === '*';
	const file = path ? path.toString('latin1').replace(/.*\//, '') : '';
	const pattern = (n) => new RegExp('^' + n.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.') + '$');
	return path !== null && names.split(',').some((n) => pattern(n).test(file));
}

// path: a Buffer or null
export function cacheKey(config, bytes, path) {
	const options = [config.get('options'), isPrecise(config, path) && 'precise'].filter(Boolean).join(' ');
	return createHash('sha256').update(Buffer.from(config.get('version') || '', 'latin1')).update('\0')
		.update(Buffer.from(options, 'latin1')).update('\0').update(bytes).digest('hex');
}
