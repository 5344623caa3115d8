// boot.js - group "boot" of host.def: configuration in, exit status and reports out.

export class ExitRun {
	constructor(status) {
		this.status = status;
	}
}

export function boot(host) {
	return {
		x_boot_config(buf, size) {
			const bytes = host.config.bytes;
			if (buf && size >= bytes.length)
				host.kernel.slice(buf, bytes.length).set(bytes);
			return bytes.length;
		},
		x_turn_due() {
			return host.platform.turnDue?.() ?? 1;
		},
		x_exit(status) {
			throw new ExitRun(status);
		},
		x_stop(sig) {
			host.platform.stop(sig);
		},
		x_report(kind, text, len) {
			host.platform.report(kind, host.kernel.copy(text, len));
		},
	};
}
