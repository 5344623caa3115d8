// cachekey.mjs - the name of a recompiled file in the cache (docs/abi.md).

import { createHash } from 'node:crypto';

export function cacheKey(config, bytes) {
	return createHash('sha256').update(Buffer.from(config.get('version') || '', 'latin1')).update('\0')
		.update(Buffer.from(config.get('options') || '', 'latin1')).update('\0').update(bytes).digest('hex');
}
