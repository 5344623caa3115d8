/*
 * mounts.c - what is mounted where at boot: the root (the host's, a folder of it, or packed), writable host folders, /proc, /dev, /sys.
 */
#include <stdio.h>
#include "tmpfs.h"

static char *
copy(const char *s, size_t n)
{
	char *p = kmalloc(n + 1);

	memcpy(p, s, n);
	return p;
}

static int
mount_root(void)
{
	const char *host = boot_get("root", 0);
	struct super *sb = super_new(host ? "ext4" : "overlay", host ? host : "overlay", host ? 0xef53 : 0x794c7630);
	const struct lower_ops *below = &host_lower;
	struct inode *root = NULL;
	int r = 0;

	if (host)
		r = hostfs_root(sb, host, &root);
	else if ((r = boot_get("pack", 0) ? packfs_boot(&below) : 0) == 0 && !(root = overlay_root(sb, below)))
		r = -ENOENT;
	if (r < 0)
		return r;
	root_dentry = dentry_root(root);
	sb->where = root_dentry;
	task_fs(current)->root = dentry_get(root_dentry);
	task_fs(current)->cwd = dentry_get(root_dentry);
	return 0;
}

/* The folder above a guest path, made of nothing if the path is not there. */
static int
mount_host(const char *host, const char *guest, bool readonly)
{
	struct dentry *d;
	struct where w = { 0 };
	struct super *sb;
	struct inode *root;
	int r = path_lookup(AT_FDCWD, guest, LOOKUP_FOLLOW | LOOKUP_CREATE, &d, &w);

	if (r < 0)
		return r;
	if (d && !d->parent) {
		dentry_put(d);
		return -EBUSY;                   /* that is what root= is for */
	}
	sb = super_new("ext4", host, 0xef53);
	if ((r = hostfs_root(sb, host, &root)) == 0) {
		sb->readonly = readonly;
		r = d ? mount_at(d->parent, (struct name){ d->name, d->len }, sb, root) :
			mount_at(w.dir, name_of(w.last), sb, root);
	}
	dentry_put(d ? d : w.dir);
	return r;
}

static int
mount_pairs(const char *key, bool readonly)
{
	const char *v;

	for (u32 n = 0; (v = boot_get(key, n)); n++) {
		const char *colon = strrchr(v, ':');
		char *host;
		int r;

		if (!colon)
			return -EINVAL;
		host = copy(v, colon - v);
		r = mount_host(host, colon + 1, readonly);
		if (r < 0) {
			klog("elfport: cannot mount %s at %s (error %d)", host, colon + 1, -r);
			return r;
		}
	}
	return 0;
}

static int
mount_system(void)
{
	struct super *proc = super_new("proc", "proc", 0x9fa0), *sys = super_new("sysfs", "sysfs", 0x62656572);
	int r = mount_at(root_dentry, name_of("proc"), proc, procfs_root(proc));

	if (r == 0)
		r = mount_at(root_dentry, name_of("sys"), sys, tmpfs_root(sys, 0555));
	if (r == 0)
		devfs_mount(root_dentry);
	return r;
}

static int
enter_cwd(void)
{
	const char *cwd = boot_get("cwd", 0);
	struct dentry *d;
	int r;

	if (!cwd)
		return 0;
	if ((r = path_lookup(AT_FDCWD, cwd, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &d, NULL)) < 0) {
		klog("elfport: no folder %s (error %d)", cwd, -r);
		return r;
	}
	dentry_put(task_fs(current)->cwd);
	task_fs(current)->cwd = d;
	return 0;
}

int
fs_boot(void)
{
	const char *v;
	int r = mount_root();

	if (r == 0)
		r = mount_system();
	for (u32 n = 0; r == 0 && !boot_get("root", 0) && (v = boot_get("writable", n)); n++)
		if ((r = mount_host(v, v, false)) < 0)
			klog("elfport: cannot make %s writable (error %d)", v, -r);
	if (r == 0)
		r = mount_pairs("mount-rw", false);
	if (r == 0)
		r = mount_pairs("mount-ro", true);
	if (r == 0)
		r = enter_cwd();
	if (r == 0 && (v = boot_get("umask", 0))) {
		task_fs(current)->umask = 0;
		for (; *v >= '0' && *v <= '7'; v++)
			task_fs(current)->umask = task_fs(current)->umask * 8 + (u32)(*v - '0');
	}
	return r < 0 ? r : console_stdio();
}

void
fs_report(void)
{
	u32 n = overlay_dropped();
	char line[128];

	if (!n || boot_get("pack", 0))           /* nobody expects a packed root to change */
		return;
	snprintf(line, sizeof line, "elfport: %u file%s outside the writable folders %s changed and dropped\n", n, n == 1 ? "" : "s",
		n == 1 ? "was" : "were");
	x_report(0, kaddr(line), (u32)strlen(line));
}
