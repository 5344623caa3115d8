// What a resume copy imports of its code.wasm, as web/host/vm.js gives it: exports, and functions by the numbers of their slots, from base on.
export const exportsAndSlots = (exports, table, base) => new Proxy(exports, { get: (e, name) => e[name] ?? table.get(base + Number(name)) });
