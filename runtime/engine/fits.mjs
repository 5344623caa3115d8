// fits.mjs - build check: engine.wasm's data and stack end below PERM_ADDR and it imports only its doors, memory and table.
import { readFileSync } from 'node:fs';

const ENGINE_HI = 0x200000, PERM_ADDR = 0x100000;
const file = process.argv[2];
const module = new WebAssembly.Module(readFileSync(file));
const foreign = WebAssembly.Module.imports(module).filter(
	(i) => i.module !== 'kernel' && !(i.module === 'env' && (i.name === 'memory' || i.name === '__indirect_function_table')));

if (foreign.length) {
	console.error(`${file}: imports ${foreign.map((i) => `${i.module}.${i.name}`).join(' ')}`);
	process.exit(1);
}

const kernel = {};
for (const i of WebAssembly.Module.imports(module))
	if (i.module === 'kernel')
		kernel[i.name] = () => 0;
const memory = new WebAssembly.Memory({ initial: ENGINE_HI >> 16, maximum: 65536, shared: true });
const table = new WebAssembly.Table({ initial: 1024, element: 'anyfunc' });
const { exports } = new WebAssembly.Instance(module, { kernel, env: { memory, __indirect_function_table: table } });
const end = exports.__heap_base.value;

if (end > PERM_ADDR) {
	console.error(`${file}: data and stack end at ${end.toString(16)}, above PERM_ADDR`);
	process.exit(1);
}
console.log(`engine.wasm: ${readFileSync(file).length} bytes, data and stack up to 0x${end.toString(16)}`);
