/*
 * sys_ipc.c - pipe and pipe2; eventfd, timerfd, signalfd and memfd stand beside their kind in fs/.
 */
#include "../fs/vfs.h"

i64
sys_pipe2(u64 fds, u64 flags)
{
	struct file *r, *w;
	int pair[2], err;

	if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	if ((err = pipe_create(&r, &w, (u32)flags)) < 0)
		return err;
	if ((pair[0] = fd_install(r, 0, flags & O_CLOEXEC)) < 0) {
		file_put(w);
		return pair[0];
	}
	if ((pair[1] = fd_install(w, 0, flags & O_CLOEXEC)) < 0) {
		fd_close(pair[0]);
		return pair[1];
	}
	if (copy_out((uptr)fds, pair, sizeof pair) < 0) {
		fd_close(pair[0]);
		fd_close(pair[1]);
		return -EFAULT;
	}
	return 0;
}

i64
sys_pipe(u64 fds)
{
	return sys_pipe2(fds, 0);
}
