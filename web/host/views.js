// views.js - cached typed arrays over the kernel's memory (number 0) and the guest memories (1...).
//
// Shared memories keep old buffers valid but short after growth, so a view is renewed when an access reaches past its end.

export class Views {
	constructor(memory) {
		this.memory = memory;
		this.refresh();
	}

	refresh() {
		const buffer = this.memory.buffer;
		this.u8 = new Uint8Array(buffer);
		this.i32 = new Int32Array(buffer);
		this.i64 = new BigInt64Array(buffer);
		this.data = new DataView(buffer);
		this.size = buffer.byteLength;
	}

	// the view that holds bytes [addr, addr + len)
	upto(end) {
		if (end > this.size)
			this.refresh();
		return this;
	}

	// a live slice, for host calls that read or write in place
	slice(addr, len) {
		addr >>>= 0;
		len >>>= 0;
		return this.upto(addr + len).u8.subarray(addr, addr + len);
	}

	// a private copy: TextDecoder, Buffer paths and crypto refuse shared memory
	copy(addr, len) {
		return new Uint8Array(this.slice(addr, len));
	}
}
