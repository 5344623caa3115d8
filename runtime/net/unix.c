/*
 * unix.c - AF_UNIX: names in the file system (a socket inode that knows its socket), abstract names, connections. unix(7).
 */
#include <stdio.h>
#include "net.h"

#define PATH_AT 2u                       /* offset of sun_path */
#define NAME_MAX_UN 110u

static struct list abstract = { &abstract, &abstract };      /* sock.bound */

static bool
is_path(const struct sockname *a)
{
	return a->len > PATH_AT && a->b[PATH_AT];
}

/* A path is cut at its NUL and counts it; 0 or -EINVAL. */
static int
check_name(struct sockname *a)
{
	if (a->len <= PATH_AT || a->len > NAME_MAX_UN || a->family != AF_UNIX)
		return -EINVAL;
	if (is_path(a)) {
		a->b[a->len] = 0;
		a->len = PATH_AT + (u32)strlen((char *)a->b + PATH_AT) + 1;
	}
	return 0;
}

static struct sock *
find_abstract(const struct sockname *a, int type)
{
	list_each(p, &abstract) {
		struct sock *s = list_entry(p, struct sock, bound);

		if (s->type == type && s->name->len == a->len && !memcmp(s->name->b, a->b, a->len))
			return s;
	}
	return NULL;
}

/* The socket that has this name; borrowed. */
static int
find(struct sockname *a, int type, struct sock **out)
{
	struct dentry *d;
	int r = check_name(a);

	if (r < 0)
		return r;
	if (!is_path(a)) {
		*out = find_abstract(a, type);
		return *out ? 0 : -ECONNREFUSED;
	}
	if ((r = path_lookup(AT_FDCWD, (char *)a->b + PATH_AT, LOOKUP_FOLLOW, &d, NULL)) < 0)
		return r;
	*out = d->inode->bound;
	r = inode_permission(d->inode, 2);
	if (r == 0 && (!S_ISSOCK(d->inode->mode) || !*out))
		r = -ECONNREFUSED;
	dentry_put(d);
	return r < 0 ? r : (*out)->type == type ? 0 : -EPROTOTYPE;
}

static int
set_name(struct sock *s, const struct sockname *a)
{
	if (!(s->name = kmalloc(sizeof *a)))
		return -ENOMEM;
	*s->name = *a;
	return 0;
}

static int
unix_autobind(struct sock *s)
{
	static u32 next;
	struct sockname a = { .family = AF_UNIX };

	if (s->name)
		return 0;
	do {
		next = (next + 1) & 0xfffff;
		snprintf((char *)a.b + PATH_AT + 1, 6, "%05x", next);
		a.len = PATH_AT + 6;
	} while (find_abstract(&a, s->type));
	if (set_name(s, &a) < 0)
		return -ENOMEM;
	list_add_tail(&abstract, &s->bound);
	return 0;
}

static int
unix_bind(struct sock *s, const struct sockname *name)
{
	struct sockname a = *name;
	int r;

	if (a.len == PATH_AT && a.family == AF_UNIX)
		return s->name ? 0 : unix_autobind(s);
	if ((r = check_name(&a)) < 0)
		return r;
	if (!is_path(&a)) {
		if (s->name)
			return -EINVAL;
		if (find_abstract(&a, s->type))
			return -EADDRINUSE;
		list_add_tail(&abstract, &s->bound);
		return set_name(s, &a);
	}
	if (s->name) {
		struct dentry *d;

		if (path_lookup(AT_FDCWD, (char *)a.b + PATH_AT, 0, &d, NULL) < 0)
			return -EINVAL;
		dentry_put(d);
		return -EADDRINUSE;
	}
	r = path_mknod(AT_FDCWD, (char *)a.b + PATH_AT, S_IFSOCK | 0777, 0, &s->inode);
	if (r < 0)
		return r == -EEXIST ? -EADDRINUSE : r;
	s->inode->bound = s;
	return set_name(s, &a);
}

static int
connect_dgram(struct sock *s, const struct sockname *a)
{
	struct sockname name = *a;
	struct sock *to = NULL;
	int r;

	if (a->family != AF_UNSPEC) {
		if ((r = find(&name, s->type, &to)) < 0)
			return r;
		if (s->passcred && (r = unix_autobind(s)) < 0)
			return r;
		if (to->peer && to->peer != s)
			return -EPERM;
	}
	sock_set_peer(s, to);
	return 0;
}

/* The other end of s in the listener's queue; it has the listener's name and options. */
static int
embryo(struct sock *l, struct sock *s)
{
	struct sock *e;
	int r = sock_create(&e, AF_UNIX, s->type, 0);

	if (r < 0)
		return r;
	if (l->name && (r = set_name(e, l->name)) < 0) {
		sock_put(e);
		return r;
	}
	e->passcred = l->passcred;
	s->peercred = l->self;
	e->peercred = ucred_now();
	sock_join(e, s);
	sock_queue_accept(l, e);
	return 0;
}

static int
unix_connect(struct sock *s, const struct sockname *a, bool nonblock)
{
	struct sockname name = *a;
	struct sock *l;
	int r;

	if (s->type == SOCK_DGRAM)
		return connect_dgram(s, a);
	if ((r = find(&name, s->type, &l)) < 0)
		return r;
	if (s->passcred && (r = unix_autobind(s)) < 0)
		return r;
	if (l->state != SOCK_LISTENING || l->shut & SHUT_IN)
		return -ECONNREFUSED;
	if (s->state != SOCK_IDLE)
		return s->state == SOCK_CONNECTED ? -EISCONN : -EINVAL;
	if (l->npending > l->backlog)
		return sock_wait(l, s->sndtimeo, nonblock);
	return embryo(l, s);
}

static int
unix_target(struct sock *s, const struct sockname *a, struct sock **to)
{
	struct sockname name;
	int r;

	if (s->passcred && (r = unix_autobind(s)) < 0)
		return r;
	if (a) {
		name = *a;
		if ((r = find(&name, s->type, to)) < 0)
			return r;
		return (*to)->peer && (*to)->peer != s ? -EPERM : 0;
	}
	if (!s->peer)
		return -ENOTCONN;
	if (s->peer->dead) {
		sock_set_peer(s, NULL);
		return -ECONNREFUSED;
	}
	*to = s->peer;
	return (*to)->peer && (*to)->peer != s ? -EPERM : 0;
}

static void
unix_sender(struct sock *s, struct sock *to, struct sockname *out)
{
	(void)to;
	if (s->name)
		*out = *s->name;
}

static void
unix_getname(struct sock *s, bool peer, struct sockname *out)
{
	if (peer)
		s = s->peer;
	if (s && s->name)
		*out = *s->name;
	else
		*out = (struct sockname){ .len = PATH_AT, .family = AF_UNIX };
}

static void
unix_close(struct sock *s)
{
	list_del(&s->bound);
	if (!s->inode)
		return;
	s->inode->bound = NULL;
	inode_put(s->inode);
	s->inode = NULL;
}

const struct sock_ops unix_ops = {
	.bind = unix_bind,
	.connect = unix_connect,
	.target = unix_target,
	.sender = unix_sender,
	.getname = unix_getname,
	.close = unix_close,
};
