/* host.h - structures of the kernel -> host door, see host.def. Little-endian, as laid out here. */
#ifndef HOST_H
#define HOST_H

struct host_stat {
	unsigned long long dev, ino, size, blocks, rdev;
	long long atime_ns, mtime_ns, ctime_ns;
	unsigned int mode, nlink, uid, gid, blksize, pad;
};

#endif
