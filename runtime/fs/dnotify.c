/*
 * dnotify.c - fcntl(F_NOTIFY): SIGIO when something in an open folder changes. Older than inotify, told by the same calls (inotify.c).
 */
#include "vfs.h"

#define DN_ACCESS 1u
#define DN_MODIFY 2u
#define DN_CREATE 4u
#define DN_DELETE 8u
#define DN_RENAME 16u
#define DN_ATTRIB 32u
#define DN_MULTISHOT 0x80000000u

struct dnotify {
	struct dnotify *next;
	struct file *file;               /* not counted: dnotify_forget */
	u32 mask;                        /* DN_ */
};

static struct dnotify *all;

static void
drop(struct dnotify **p)
{
	struct dnotify *n = *p;

	*p = n->next;
	n->file->inode->watched--;
	inotify_watches--;
	kfree(n);
}

void
dnotify_forget(struct file *f)
{
	for (struct dnotify **p = &all; *p;) {
		if ((*p)->file == f)
			drop(p);
		else
			p = &(*p)->next;
	}
}

void
dnotify_tell(struct inode *dir, u32 mask)
{
	u32 what = (mask & IN_ACCESS ? DN_ACCESS : 0) | (mask & IN_MODIFY ? DN_MODIFY : 0) | (mask & IN_CREATE ? DN_CREATE : 0) |
		(mask & IN_DELETE ? DN_DELETE : 0) | (mask & (IN_MOVED_FROM | IN_MOVED_TO) ? DN_RENAME : 0) | (mask & IN_ATTRIB ? DN_ATTRIB : 0);

	for (struct dnotify **p = &all; *p;) {
		struct dnotify *n = *p;

		if (n->file->inode != dir || !(n->mask & what)) {
			p = &n->next;
			continue;
		}
		file_signal(n->file, SIGIO);
		if (n->mask & DN_MULTISHOT)
			p = &n->next;
		else
			drop(p);
	}
}

i64
dnotify_fcntl(struct file *f, u64 arg)
{
	struct dnotify *n;
	u32 mask = (u32)arg;

	if (!(mask & ~DN_MULTISHOT)) {
		dnotify_forget(f);
		return 0;
	}
	if (!f->inode || !S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	f->owner = (u32)task_pid(current);
	for (n = all; n; n = n->next) {
		if (n->file == f) {
			n->mask |= mask;
			return 0;
		}
	}
	if (!(n = kmalloc(sizeof *n)))
		return -ENOMEM;
	*n = (struct dnotify){ all, f, mask };
	all = n;
	f->inode->watched++;
	inotify_watches++;
	return 0;
}
