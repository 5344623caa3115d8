// features.js - what this browser lacks to run recompiled programs, in words; an empty list if nothing.

const bytes = (...parts) => new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...parts]);
const FUNC = [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
const NEEDED = [
	['WebAssembly tail calls', bytes(...FUNC, 0x0a, 6, 1, 4, 0, 0x12, 0, 0x0b)],
	['WebAssembly SIMD', bytes(...FUNC, 0x0a, 0x17, 1, 0x15, 0, 0xfd, 0x0c, ...new Array(16).fill(0), 0x1a, 0x0b)],
	['WebAssembly threads (shared memory)', bytes(5, 4, 1, 3, 1, 1)],
];

export function missingFeatures() {
	if (typeof WebAssembly !== 'object' || !WebAssembly.compileStreaming)
		return ['WebAssembly'];
	const missing = NEEDED.filter(([, module]) => !WebAssembly.validate(module)).map(([name]) => name);
	if (!missing.length) {
		try {
			new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
		} catch {
			missing.push('shared WebAssembly memory outside isolated pages');
		}
	}
	if (typeof BigInt64Array !== 'function' || typeof Worker !== 'function')
		missing.push('workers or BigInt');
	return missing;
}
