/*
 * path.c - from text to dentry: components, "..", symbolic links, and the calling task's root and folder.
 */
#include "vfs.h"

#define MAX_LINKS 40

struct name
name_of(const char *s)
{
	return (struct name){ s, (u32)strlen(s) };
}

struct fs_struct *
fs_new(void)
{
	struct fs_struct *fs = kmalloc(sizeof *fs);

	fs->refs = 1;
	fs->umask = 022;
	if (root_dentry) {               /* the first task is there before the first mount */
		fs->root = dentry_get(root_dentry);
		fs->cwd = dentry_get(root_dentry);
	}
	return fs;
}

struct fs_struct *
fs_clone(struct fs_struct *old)
{
	struct fs_struct *fs = kmalloc(sizeof *fs);

	*fs = *old;
	fs->refs = 1;
	dentry_get(fs->root);
	dentry_get(fs->cwd);
	return fs;
}

struct fs_struct *
fs_get(struct fs_struct *fs)
{
	fs->refs++;
	return fs;
}

void
fs_put(struct fs_struct *fs)
{
	if (--fs->refs)
		return;
	dentry_put(fs->root);
	dentry_put(fs->cwd);
	kfree(fs);
}

struct dentry *
fd_dentry(int fd)
{
	struct file *f = fd_file(fd);

	return f ? f->dentry : NULL;
}

static struct dentry *
task_root(void)
{
	return current && task_fs(current) ? task_fs(current)->root : root_dentry;
}

/* One component that is neither "." nor "..". */
int
dentry_lookup(struct dentry *dir, struct name n, struct dentry **out)
{
	struct inode *i = dir->inode, *found;
	struct dentry *d = dentry_child(dir, n);
	int r;

	if (d && (d->mounted || !i->ops->revalidate)) {
		*out = d;
		return 0;
	}
	if (n.len > NAME_MAX)
		return -ENAMETOOLONG;
	r = i->ops->lookup ? i->ops->lookup(i, n, &found) : -ENOTDIR;
	if (d) {
		if (r == 0 && found->ino == d->inode->ino && found->dev == d->inode->dev) {
			inode_put(found);
			*out = d;
			return 0;
		}
		dentry_unhash(d);
		d->deleted = true;
		dentry_put(d);
	}
	if (r < 0)
		return r;
	*out = dentry_new(dir, n, found);
	return *out ? 0 : -ENOMEM;
}

int
dentry_readlink(struct dentry *d, char *buf, size_t size)
{
	return d->inode->ops->readlink ? d->inode->ops->readlink(d->inode, buf, size) : -EINVAL;
}

struct walk {
	struct dentry *at;               /* counted */
	char *rest, *text;               /* what is left to walk, in text */
	u32 flags, links;
	bool slash;
};

/* Goes on with a link's text in front of the rest. */
static int
walk_text(struct walk *w, struct dentry *link, char *target)
{
	size_t n = strlen(target), m = strlen(w->rest);
	char *text;

	if (n == 0)
		return -ENOENT;
	if (n + m + 2 > 2 * PATH_MAX)
		return -ENAMETOOLONG;
	if (!(text = kmalloc(n + m + 2)))
		return -ENOMEM;
	memcpy(text, target, n);
	text[n] = m || w->slash ? '/' : 0;
	memcpy(text + n + 1, w->rest, m + 1);
	kfree(w->text);
	w->text = w->rest = text;
	w->slash = false;
	if (target[0] == '/') {
		dentry_put(w->at);
		w->at = dentry_get(task_root());
	}
	(void)link;
	return 0;
}

static int
walk_link(struct walk *w, struct dentry *link)
{
	struct inode *i = link->inode;
	char *target;
	int r;

	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (i->ops->follow) {
		struct dentry *d;

		if ((r = i->ops->follow(i, &d)) < 0)
			return r;
		dentry_put(w->at);
		w->at = d;
		return 0;
	}
	if (!(target = kmalloc(PATH_MAX + 1)))
		return -ENOMEM;
	r = dentry_readlink(link, target, PATH_MAX);
	if (r >= 0) {
		target[r] = 0;
		r = walk_text(w, link, target);
	}
	kfree(target);
	return r;
}

/* Takes the next component off; false at the end. */
static bool
walk_next(struct walk *w, struct name *n, bool *last)
{
	char *p = w->rest;

	while (*p == '/')
		p++;
	if (!*p)
		return false;
	n->s = p;
	while (*p && *p != '/')
		p++;
	n->len = (u32)(p - n->s);
	w->slash = *p == '/';
	while (*p == '/')
		p++;
	w->rest = p;
	*last = !*p;
	return true;
}

static int
walk_step(struct walk *w, struct name n, bool last, struct where *where)
{
	struct dentry *d;
	int r;

	if (!S_ISDIR(w->at->inode->mode))
		return -ENOTDIR;
	if ((r = inode_permission(w->at->inode, 1)) < 0)
		return r;
	if (n.len == 1 && n.s[0] == '.')
		return 0;
	if (n.len == 2 && n.s[0] == '.' && n.s[1] == '.') {
		if (w->at != task_root() && w->at->parent) {
			d = dentry_get(w->at->parent);
			dentry_put(w->at);
			w->at = d;
		}
		return 0;
	}
	if (w->at->deleted)
		return -ENOENT;
	r = dentry_lookup(w->at, n, &d);
	if (r == -ENOENT && last && w->flags & LOOKUP_CREATE) {
		where->dir = dentry_get(w->at);
		memcpy(where->last, n.s, n.len);
		where->last[n.len] = 0;
		where->slash = w->slash;
		return 1;
	}
	if (r < 0)
		return r;
	if (S_ISLNK(d->inode->mode) && (!last || w->flags & LOOKUP_FOLLOW || w->slash)) {
		r = walk_link(w, d);
		dentry_put(d);
		return r;
	}
	dentry_put(w->at);
	w->at = d;
	return 0;
}

static int
walk_start(struct walk *w, int dirfd, const char *path)
{
	struct file *f;

	if (path[0] == '/') {
		w->at = dentry_get(task_root());
		return 0;
	}
	if (!path[0] && !(w->flags & LOOKUP_EMPTY))
		return -ENOENT;
	if (dirfd == AT_FDCWD) {
		w->at = dentry_get(current && task_fs(current) ? task_fs(current)->cwd : root_dentry);
		return 0;
	}
	if (!(f = fd_file(dirfd)))
		return -EBADF;
	if (!f->dentry || (path[0] && !S_ISDIR(f->dentry->inode->mode)))
		return -ENOTDIR;
	w->at = dentry_get(f->dentry);
	return 0;
}

/*
 * *out is counted. With LOOKUP_CREATE a missing last component gives *out == NULL and *where, whose dir is counted.
 */
int
path_lookup(int dirfd, const char *path, u32 flags, struct dentry **out, struct where *where)
{
	struct walk w = { .flags = flags };
	struct name n;
	bool last;
	size_t len = strlen(path);
	int r;

	*out = NULL;
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	if ((r = walk_start(&w, dirfd, path)) < 0)
		return r;
	if (!(w.text = kmalloc(len + 1))) {
		dentry_put(w.at);
		return -ENOMEM;
	}
	memcpy(w.text, path, len + 1);
	w.rest = w.text;
	while (r == 0 && walk_next(&w, &n, &last))
		r = walk_step(&w, n, last, where);
	if (r == 0 && (w.slash || flags & LOOKUP_DIRECTORY) && !S_ISDIR(w.at->inode->mode))
		r = -ENOTDIR;
	kfree(w.text);
	if (r == 0) {
		*out = w.at;
		return 0;
	}
	dentry_put(w.at);
	return r == 1 ? 0 : r;
}
