/*
 * net.h - inside the network half: sockets, what travels between them, and what an address family implements.
 *
 * A stream or packet socket that is connected has its peer in ->peer, both ways; a datagram socket the default destination. Bytes wait at the receiver.
 * References: one by the file (or the listener's queue before accept), one per ->peer that points here.
 */
#ifndef NET_H
#define NET_H

#include "../fs/vfs.h"

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
#define MSG_OOB 1u
#define MSG_PEEK 2u
#define MSG_CTRUNC 8u
#define MSG_TRUNC 0x20u
#define MSG_DONTWAIT 0x40u
#define MSG_EOR 0x80u
#define MSG_WAITALL 0x100u
#define MSG_NOSIGNAL 0x4000u
#define MSG_WAITFORONE 0x10000u
#define MSG_CMSG_CLOEXEC 0x40000000u
#define SHUT_IN 1u                       /* bits of sock.shut */
#define SHUT_OUT 2u
#define SHUT_ALL 3u
#define SOMAXCONN 4096
#define BUF_DEFAULT 212992u
#define NAME_SIZE 128                    /* struct sockaddr_storage */

struct sockname {
	u32 len;
	union {
		u16 family;
		u8 b[NAME_SIZE];
	};
};
struct ucred { i32 pid; u32 uid, gid; };

/* SCM_RIGHTS and SCM_CREDENTIALS beside a message */
struct scm {
	u32 nfds;
	struct file **fds;               /* counted, kmalloc'ed */
	bool has_cred;
	struct ucred cred;
};
struct packet {
	struct list link;
	u32 len, off;                    /* streams: off bytes are read already */
	struct scm scm;
	struct sockname *from;           /* datagrams; NULL: no name */
	u8 bytes[];
};
struct endpoint { u8 ip[16]; u16 port; };        /* IPv4 as ::ffff:a.b.c.d; port in host order */

enum sock_state { SOCK_IDLE, SOCK_LISTENING, SOCK_CONNECTED };
struct sock {
	u32 refs;
	u16 family, type, protocol;
	u8 state, shut;
	bool dead;                       /* its file is closed */
	bool fin;                        /* TCP: the peer has sent its last byte */
	bool connecting;                 /* a connect without waiting has not been asked for its result */
	int err;                         /* SO_ERROR, positive */
	const struct sock_ops *ops;
	struct file *file;               /* borrowed; NULL: not yet or no longer open */
	struct sock *peer;
	struct sock *full;               /* what the last -EAGAIN of a datagram was about; borrowed, for waiting at once */
	struct list senders, sender;     /* datagram sockets whose ->peer is this one */
	struct list queue;               /* of packet */
	u32 used, nqueued;               /* bytes with overhead, packets */
	struct packet *urgent;           /* TCP: the one urgent byte in queue, the mark; NULL */
	bool urgent_read;                /* by recv(MSG_OOB); it stays as the mark */
	struct list accepts, pending;    /* embryos of a listener, counted; this one's place there */
	u32 npending, backlog;
	struct waitq q;                  /* anything changed */

	/* options */
	u32 sndbuf, rcvbuf;
	u64 rcvtimeo, sndtimeo;          /* ns; 0: for ever */
	bool reuseaddr, reuseport, broadcast, passcred, linger, v6only;
	u32 linger_time;
	struct option *options;          /* those that are only remembered */
	struct ucred self, peercred;

	/* AF_UNIX */
	struct sockname *name;           /* NULL: unnamed */
	struct inode *inode;             /* counted: the name's, for names in a file system */
	/* AF_INET, AF_INET6 */
	struct endpoint local, remote;
	bool bound_ip;                   /* the address was asked for, not chosen */
	struct list bound;               /* abstract names; ports */
};

struct sock_ops {
	int (*bind)(struct sock *s, const struct sockname *a);
	int (*autobind)(struct sock *s);                             /* before listen and datagrams without bind; may be missing */
	int (*connect)(struct sock *s, const struct sockname *a, bool nonblock);   /* may answer -EBLOCKED */
	/* where a datagram goes: borrowed; NULL with 0: nowhere, silently. a NULL: the peer */
	int (*target)(struct sock *s, const struct sockname *a, struct sock **to);
	void (*sender)(struct sock *s, struct sock *to, struct sockname *out);     /* s as the receiver will see it */
	void (*getname)(struct sock *s, bool peer, struct sockname *out);
	void (*close)(struct sock *s);                               /* gives its names back */
};

/* socket.c */
int sock_create(struct sock **out, int family, int type, int protocol);  /* one reference */
struct sock *sock_get(struct sock *s);
void sock_put(struct sock *s);
int sock_fd(struct sock *s, u32 flags);                          /* takes the reference; O_NONBLOCK, O_CLOEXEC */
struct file *sock_file(struct sock *s, u32 flags);
struct sock *sock_of(struct file *f);                            /* NULL: not a socket */
int sock_wait(struct sock *on, u64 timeo, bool nonblock);        /* -EBLOCKED, or what the call ends with */
int sock_error(struct sock *s);                                  /* -errno pending, taken; 0 */
struct ucred ucred_now(void);
bool sock_is_tcp(const struct sock *s);
static inline bool
sock_is_stream(const struct sock *s)
{
	return s->type == SOCK_STREAM;
}
static inline bool
sock_has_peer(const struct sock *s)
{
	return s->type != SOCK_DGRAM;    /* connection-oriented */
}

/* loopback.c: what moves between two sockets */
struct received {
	u32 flags;                       /* MSG_TRUNC ... */
	bool has_from, more;             /* more: a stream may go on */
	struct sockname from;
	struct scm scm;
};
/* One try: bytes, -EAGAIN, -errno. scm is taken over when bytes (or a datagram) were sent. uses MSG_OOB of flags */
long sock_send(struct sock *s, struct uio *u, u32 flags, const struct sockname *to, struct scm *scm);
/* out NULL: descriptors that came along are closed. uses MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT of flags */
long sock_recv(struct sock *s, struct uio *u, u32 flags, struct received *out);
/* The urgent byte of a TCP stream: one try. uses MSG_PEEK, MSG_TRUNC of flags */
long sock_recv_urgent(struct sock *s, struct uio *u, u32 flags, struct received *out);
bool sock_urgent(const struct sock *s);                          /* POLLPRI: one is there, unread */
bool sock_at_mark(const struct sock *s);                         /* SIOCATMARK */
bool sock_writable(const struct sock *s);
bool sock_has_bytes(const struct sock *s);                       /* that a read takes */
u32 sock_readable(const struct sock *s);                         /* FIONREAD */
void sock_join(struct sock *a, struct sock *b);                  /* connects both */
void sock_queue_accept(struct sock *listener, struct sock *s);   /* takes the reference */
struct sock *sock_take_accept(struct sock *listener);            /* gives it; NULL */
void sock_hang_up(struct sock *s);                               /* its file is closed: tells the peer, drops what waits */
int sock_shutdown(struct sock *s, u32 how);                      /* SHUT_ bits */
void sock_set_peer(struct sock *s, struct sock *to);             /* datagram; NULL: none */
void scm_drop(struct scm *m);

/* unix.c, inet.c */
extern const struct sock_ops unix_ops, inet_ops;
int inet_check(int family, int type, int *protocol);             /* of socket(2) */

/* sockopt.c */
i64 sock_setopt(struct sock *s, int level, int name, uptr val, u32 len);
i64 sock_getopt(struct sock *s, int level, int name, uptr val, uptr len);
bool sock_urgent_inline(const struct sock *s);                   /* SO_OOBINLINE */
void sock_options_copy(struct sock *to, const struct sock *from);
void sock_options_free(struct sock *s);

#endif
