/* sys_socket.h - what the two files of socket calls share. */
#ifndef SYS_SOCKET_H
#define SYS_SOCKET_H

#include "../net/net.h"

/* sys_socket.c: the socket of this call, looked up once */
int sock_hold(u64 fd, struct file **f, struct sock **s);
int sockname_in(struct sockname *a, uptr p, u64 len);
int sockname_out(const struct sockname *a, uptr p, uptr lenp);

/* sys_message.c: with waiting; restart()->done counts. scm is dropped or given away, except when the answer is -EBLOCKED: then dropped too */
i64 send_all(struct file *f, struct sock *s, struct uio *u, u32 flags, const struct sockname *to, struct scm *scm);
i64 recv_all(struct file *f, struct sock *s, struct uio *u, u32 flags, struct received *in);

#endif
