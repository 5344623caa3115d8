// libc.js - the few imports that the C library linked into kernel.wasm and engine.wasm leaves open.

export function libcImports(module, views, extra) {
	const known = {
		emscripten_resize_heap(want) {
			const v = views(), pages = Math.ceil(((want >>> 0) - v.memory.buffer.byteLength) / 65536);
			try {
				if (pages > 0)
					v.memory.grow(pages);
			} catch {
				return 0;
			}
			v.refresh();
			return 1;
		},
		emscripten_get_heap_max: () => 1 << 30,
		emscripten_memcpy_big: (dst, src, n) => void views().u8.copyWithin(dst >>> 0, src >>> 0, (src >>> 0) + (n >>> 0)),
		emscripten_get_now: () => performance.now(),
		emscripten_notify_memory_growth: () => views().refresh(),
	};
	const env = { ...extra };
	for (const i of WebAssembly.Module.imports(module)) {
		if (i.module !== 'env' || i.kind !== 'function' || env[i.name])
			continue;
		env[i.name] = known[i.name] || (() => {
			throw new Error(`call of ${i.name}, which the host does not have`);
		});
	}
	return env;
}
