// Runs one kernel that clang compiled straight to wasm: wasm-run.mjs FILE.wasm N
import { readFileSync } from 'node:fs';

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {
	env: new Proxy({}, { get: () => () => 0, has: () => true }),
	wasi_snapshot_preview1: new Proxy({}, { get: () => () => 0, has: () => true }),
});
console.log(String(BigInt.asUintN(64, instance.exports.kernel(Number(process.argv[3])))));
