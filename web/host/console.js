// console.js - group "console" of host.def: descriptors 0, 1 and 2 of the host process.
//
// platform.input is the reader's end of standard input (kind, take, ready), platform.output writes without waiting.

const EAGAIN = 11, EBADF = 9;

export function consoleGroup(host) {
	const { platform } = host;
	const errno = (e) => {
		if (typeof e.errno === 'number')
			return e.errno;
		throw e;
	};

	return {
		x_console_kind: (fd) => fd >= 0 && fd <= 2 ? platform.kind(fd) : 0,
		x_console_read(fd, mm, addr, n) {
			if (n === 0)
				return 0;
			try {
				return platform.consoleRead(fd, host.views(mm).slice(addr, n));
			} catch (e) {
				return errno(e);
			}
		},
		x_console_write(fd, mm, addr, n) {
			if (fd < 0 || fd > 2)
				return -EBADF;
			if (n === 0)
				return 0;
			try {
				return platform.consoleWrite(fd, host.views(mm).slice(addr, n));
			} catch (e) {
				const r = errno(e);
				if (r === -EAGAIN)
					platform.waitWritable(fd);
				return r;
			}
		},
		x_console_ready: (fd) => platform.consoleReady(fd),
		x_console_raw: (fd, raw) => void platform.consoleRaw(fd, raw !== 0),
		x_console_size: (fd) => platform.consoleSize(fd),
		x_log(text, n) {
			platform.log(host.kernel.copy(text, n));
		},
	};
}
