// flow.mjs - runs what random_flow wrote: every function straight through, and leaving at polls with 0, 1, 2 and 7 units of fuel, each
// time coming back through its resume copy. flow.mjs DIR; prints "N passed, N failed".
import { readFileSync } from 'node:fs';
import { exportsAndSlots } from '../slots.mjs';

const dir = process.argv[2];
const CPU = 0x18000, RCX = 8, FUEL = 176, RIP = 180, LO = 184, SPAN = 188;
const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
const table = new WebAssembly.Table({ initial: 16, element: 'anyfunc' });
const view = new DataView(memory.buffer);
const expect = new BigUint64Array(Uint8Array.from(readFileSync(`${dir}/expect.bin`)).buffer);
const i32 = (v) => new WebAssembly.Global({ value: 'i32' }, v);
let fuel = 0, polls = 0;
const engine = {
	through: () => [1, 0n],
	lookup: () => { throw new Error('lookup'); },
	syscall: () => 1,
	trap: () => 1,
	poll: () => { polls++; view.setInt32(CPU + FUEL, fuel, true); return [1, 0n]; },
};

const code = new WebAssembly.Module(readFileSync(`${dir}/code.wasm`));
const map = new Uint32Array(WebAssembly.Module.customSections(code, 'elfport.map')[0]);
const [, nfunc, nresume, slots, resumeSlots] = map;
table.grow(slots + resumeSlots);
const env = { memory, table };
const { exports } = new WebAssembly.Instance(code, { env: { ...env, table_base: i32(16) }, engine });
new WebAssembly.Instance(new WebAssembly.Module(readFileSync(`${dir}/resume.wasm`)), { code: exportsAndSlots(exports, table, 16), env: { ...env, table_base: i32(16 + slots) }, engine });
const entries = new Map();
for (let i = 0; i < nresume; i++)
	entries.set(map[5 + 2 * nfunc + 2 * i], 16 + slots + map[6 + 2 * nfunc + 2 * i]);

let passed = 0, failed = 0;
for (let f = 0; f < nfunc; f++) {
	for (fuel of [1 << 30, 0, 1, 2, 7]) {
		view.setBigUint64(CPU, 12345n, true);
		view.setBigUint64(CPU + RCX, 300n, true);
		view.setInt32(CPU + FUEL, fuel, true);
		view.setUint32(CPU + SPAN, 0xffffffff, true);
		let [pc] = table.get(16 + map[6 + 2 * f])(CPU, 0n, 0n, 0n, 0n);
		if (fuel === 0)
			fuel = 1;                       // a resumed loop must get past its own poll
		for (let turns = 0; pc === 1 && turns < 2000; turns++)
			[pc] = table.get(entries.get(view.getUint32(CPU + RIP, true)))(CPU);
		if (pc === 0x1234 && view.getBigUint64(CPU, true) === expect[f]) {
			passed++;
		} else {
			failed++;
			console.log(`FAIL flow${f} fuel ${fuel}: pc ${pc.toString(16)} rax ${view.getBigUint64(CPU, true)} not ${expect[f]}`);
		}
	}
}
console.log(`${polls} polls left, ${nresume} entries`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
