// clock.js - group "clock" of host.def.

export function clock(host) {
	const { performance, randomFill, cpuUsage, hrtime } = host.platform;
	// one offset for the whole run: realtime never steps against monotonic
	const offset = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n - hrtime();

	return {
		x_clock(which) {
			if (which === 0)
				return hrtime() + offset;
			if (which === 1)
				return hrtime();
			const u = cpuUsage();
			return BigInt(u.user + u.system) * 1000n;
		},
		x_random(buf, n) {
			const bytes = new Uint8Array(n);
			randomFill(bytes);
			host.kernel.slice(buf, n).set(bytes);
		},
	};
}
