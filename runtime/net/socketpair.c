/*
 * socketpair.c - connected AF_UNIX pairs: streams and messages. Names, other families and descriptor passing are not there yet.
 */
#include "../fs/vfs.h"

#define AF_UNIX 1
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_SEQPACKET 5
#define SOCK_BUF 212992u
#define MSG_PEEK 2u
#define MSG_DONTWAIT 0x40u
#define MSG_NOSIGNAL 0x4000u
#define MSG_TRUNC 0x20u

struct chunk {
	struct list link;
	u32 len, off;
	u8 bytes[];
};
struct sock {
	struct sock *peer;               /* NULL when it is closed */
	struct list queue;               /* of chunk */
	u32 used;
	int type;
	bool no_read, no_write;
	struct waitq q;
};

static const struct file_ops sock_ops;

static struct sock *
sock_of(int fd, struct file **f, i64 *err)
{
	*f = restart()->file[0] ? restart()->file[0] : fd_file(fd);
	*err = !*f ? -EBADF : (*f)->ops != &sock_ops ? -ENOTSOCK : 0;
	if (*err)
		return NULL;
	if (!restart()->file[0])
		restart()->file[0] = file_get(*f);
	return (*f)->priv;
}

static long
take(struct sock *s, struct uio *u, bool peek, u32 *flags)
{
	long done = 0;

	if (list_empty(&s->queue))
		return !s->peer || s->peer->no_write || s->no_read ? 0 : -EAGAIN;
	while (!list_empty(&s->queue) && (u->left || s->type != SOCK_STREAM)) {
		struct chunk *c = list_entry(s->queue.next, struct chunk, link);
		u32 n = c->len - c->off < u->left ? c->len - c->off : (u32)u->left;

		if (uio_to(u, c->bytes + c->off, n) < 0)
			return done ? done : -EFAULT;
		done += n;
		if (n < c->len - c->off && s->type != SOCK_STREAM)
			*flags |= MSG_TRUNC;
		if (!peek) {
			c->off += n;
			if (c->off == c->len || s->type != SOCK_STREAM) {
				s->used -= c->len;
				list_del(&c->link);
				kfree(c);
			}
		}
		if (peek || s->type != SOCK_STREAM)
			break;
	}
	if (!peek && s->peer)
		wake_up(&s->peer->q);
	return done;
}

static long
sock_read(struct file *f, struct uio *u, loff *pos)
{
	u32 flags = 0;

	(void)pos;
	return take(f->priv, u, false, &flags);
}

static long
sock_write(struct file *f, struct uio *u, loff *pos)
{
	struct sock *s = f->priv, *to = s->peer;
	struct chunk *c;
	u32 n, room;

	(void)pos;
	if (s->no_write || !to || to->no_read)
		return -EPIPE;
	room = SOCK_BUF > to->used ? SOCK_BUF - to->used : 0;
	if (s->type != SOCK_STREAM && u->left > SOCK_BUF)
		return -EMSGSIZE;
	n = u->left < room ? (u32)u->left : room;
	if (s->type == SOCK_STREAM && n > 65536)
		n = 65536;
	if ((!n && u->left) || (s->type != SOCK_STREAM && n < u->left))
		return -EAGAIN;
	if (!n && s->type == SOCK_STREAM)
		return 0;
	if (!(c = kmalloc(sizeof *c + n)))
		return -ENOMEM;
	c->len = n;
	if (uio_from(u, c->bytes, n) < 0) {
		kfree(c);
		return -EFAULT;
	}
	to->used += n;
	list_add_tail(&to->queue, &c->link);
	wake_up(&to->q);
	return n;
}

static u32
sock_poll(struct file *f)
{
	struct sock *s = f->priv;
	bool end = !s->peer || s->peer->no_write || s->no_read;
	u32 r = 0;

	if (!list_empty(&s->queue) || end)
		r |= EPOLLIN | EPOLLRDNORM;
	if (end)
		r |= EPOLLRDHUP;
	if (!s->peer || (s->no_write && end))
		r |= EPOLLHUP;
	if (!s->peer || s->peer->used < SOCK_BUF / 2)
		r |= EPOLLOUT | EPOLLWRNORM;
	return r;
}

static struct waitq *
sock_waitq(struct file *f)
{
	return &((struct sock *)f->priv)->q;
}

static void
sock_release(struct file *f)
{
	struct sock *s = f->priv;

	if (s->peer) {
		s->peer->peer = NULL;
		wake_up(&s->peer->q);
	}
	while (!list_empty(&s->queue)) {
		struct chunk *c = list_entry(s->queue.next, struct chunk, link);

		list_del(&c->link);
		kfree(c);
	}
	kfree(s);
}

static const struct file_ops sock_ops = {
	.read = sock_read, .write = sock_write, .poll = sock_poll, .waitq = sock_waitq, .release = sock_release,
};

static void
sock_inode_evict(struct inode *i)
{
	kfree(i);
}

static const struct inode_ops sock_inode_ops = { .evict = sock_inode_evict };

static struct file *
sock_file(int type, u32 flags)
{
	static struct super sb = { .type = "sockfs", .source = "socket", .magic = 0x534f434b, .dev = MKDEV(0, 8) };
	struct inode *i = kmalloc(sizeof *i);
	struct sock *s = kmalloc(sizeof *s);
	struct file *f;

	if (!i || !s)
		return NULL;
	inode_init(i, &sb, &sock_inode_ops, S_IFSOCK | 0777);
	i->uid = task_uid(current);
	i->gid = task_gid(current);
	list_init(&s->queue);
	waitq_init(&s->q);
	s->type = type;
	f = file_new(&sock_ops, i, O_RDWR | (flags & O_NONBLOCK));
	f->priv = s;
	inode_put(i);
	return f;
}

i64
sys_socketpair(u64 family, u64 type, u64 protocol, u64 fds)
{
	int kind = (int)type & 0xf, pair[2];
	u32 flags = (u32)type & ~0xfu;
	struct file *a, *b;

	if (flags & ~(u32)(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol > 1)
		return -EPROTONOSUPPORT;
	if (kind != SOCK_STREAM && kind != SOCK_DGRAM && kind != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	if (!(a = sock_file(kind, flags)) || !(b = sock_file(kind, flags)))
		return -ENOMEM;
	((struct sock *)a->priv)->peer = b->priv;
	((struct sock *)b->priv)->peer = a->priv;
	if ((pair[0] = fd_install(a, 0, flags & O_CLOEXEC)) < 0) {
		file_put(b);
		return pair[0];
	}
	if ((pair[1] = fd_install(b, 0, flags & O_CLOEXEC)) < 0) {
		fd_close(pair[0]);
		return pair[1];
	}
	return copy_out((uptr)fds, pair, sizeof pair);
}

i64
sys_socket(u64 family, u64 type, u64 protocol)
{
	(void)family, (void)type, (void)protocol;
	return -EAFNOSUPPORT;
}

i64
sys_shutdown(u64 fd, u64 how)
{
	struct file *f;
	i64 err;
	struct sock *s = sock_of((int)fd, &f, &err);

	if (!s)
		return err;
	if (how > 2)
		return -EINVAL;
	s->no_read |= how != 1;
	s->no_write |= how != 0;
	wake_up(&s->q);
	if (s->peer)
		wake_up(&s->peer->q);
	return 0;
}

i64
sys_recvfrom(u64 fd, u64 buf, u64 n, u64 flags, u64 addr, u64 addrlen)
{
	struct file *f;
	i64 r;
	struct sock *s = sock_of((int)fd, &f, &r);
	struct uio_seg seg;
	struct uio u;
	u32 out = 0;

	if (!s)
		return r;
	if (n > 0x7ffff000)
		n = 0x7ffff000;
	if (n && !access_ok((uptr)buf, n, true))
		return -EFAULT;
	uio_user(&u, &seg, (uptr)buf, n);
	r = take(s, &u, flags & MSG_PEEK, &out);
	if (r >= 0 && addr && addrlen)
		put_user32((uptr)addrlen, 0);
	if (r == -EAGAIN && !(f->flags & O_NONBLOCK) && !(flags & MSG_DONTWAIT))
		return wait_on(&s->q);
	return r;
}

i64
sys_sendto(u64 fd, u64 buf, u64 n, u64 flags, u64 addr, u64 addrlen)
{
	struct file *f;
	i64 r = 0;
	struct sock *s = sock_of((int)fd, &f, &r);
	struct restart *re = restart();
	struct uio_seg seg;
	struct uio u;

	(void)addrlen;
	if (!s)
		return r;
	if (addr)
		return -EISCONN;
	if (n > 0x7ffff000)
		n = 0x7ffff000;
	if (n && !access_ok((uptr)buf, n, false))
		return -EFAULT;
	uio_user(&u, &seg, (uptr)buf, n);
	if (re->done)
		uio_advance(&u, re->done);
	while ((u.left || !re->done) && (r = sock_write(f, &u, NULL)) > 0)
		re->done += r;
	if (r == -EPIPE && !(flags & MSG_NOSIGNAL))
		signal_send(task_tid(current), SIGPIPE);
	if (r == -EAGAIN && !(f->flags & O_NONBLOCK) && !(flags & MSG_DONTWAIT) && !(re->done && signal_pending(current)))
		return wait_on(&s->q);
	return re->done ? (i64)re->done : r;
}
