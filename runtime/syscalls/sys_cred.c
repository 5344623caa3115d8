/* sys_cred.c - user and group numbers (credentials(7)), per thread as in Linux; capabilities follow euid 0. */
#include "../task.h"

#define KEEP 0xffffffffu

i64 sys_getuid(void) { return current->cred.uid; }
i64 sys_geteuid(void) { return current->cred.euid; }
i64 sys_getgid(void) { return current->cred.gid; }
i64 sys_getegid(void) { return current->cred.egid; }

static bool
is_one_of(u32 v, u32 a, u32 b, u32 c)
{
	return v == KEEP || v == a || v == b || v == c;
}

i64
sys_setresuid(u64 r, u64 e, u64 s)
{
	struct cred *c = &current->cred;
	u32 ru = r, eu = e, su = s;

	if (c->euid && !(is_one_of(ru, c->uid, c->euid, c->suid) && is_one_of(eu, c->uid, c->euid, c->suid) &&
		is_one_of(su, c->uid, c->euid, c->suid)))
		return -EPERM;
	if (ru != KEEP)
		c->uid = ru;
	if (eu != KEEP)
		c->euid = eu;
	if (su != KEEP)
		c->suid = su;
	c->fsuid = c->euid;
	return 0;
}

i64
sys_setresgid(u64 r, u64 e, u64 s)
{
	struct cred *c = &current->cred;
	u32 rg = r, eg = e, sg = s;

	if (c->euid && !(is_one_of(rg, c->gid, c->egid, c->sgid) && is_one_of(eg, c->gid, c->egid, c->sgid) &&
		is_one_of(sg, c->gid, c->egid, c->sgid)))
		return -EPERM;
	if (rg != KEEP)
		c->gid = rg;
	if (eg != KEEP)
		c->egid = eg;
	if (sg != KEEP)
		c->sgid = sg;
	c->fsgid = c->egid;
	return 0;
}

i64
sys_setuid(u64 uid)
{
	struct cred *c = &current->cred;
	u32 u = uid;

	if (u == KEEP)
		return -EINVAL;
	if (c->euid == 0)
		c->uid = c->suid = u;
	else if (u != c->uid && u != c->suid)
		return -EPERM;
	c->euid = c->fsuid = u;
	return 0;
}

i64
sys_setgid(u64 gid)
{
	struct cred *c = &current->cred;
	u32 g = gid;

	if (g == KEEP)
		return -EINVAL;
	if (c->euid == 0)
		c->gid = c->sgid = g;
	else if (g != c->gid && g != c->sgid)
		return -EPERM;
	c->egid = c->fsgid = g;
	return 0;
}

i64
sys_setreuid(u64 r, u64 e)
{
	struct cred *c = &current->cred;
	u32 ru = r, eu = e, old = c->uid;

	if (c->euid && !(is_one_of(ru, c->uid, c->euid, c->euid) && is_one_of(eu, c->uid, c->euid, c->suid)))
		return -EPERM;
	if (ru != KEEP)
		c->uid = ru;
	if (eu != KEEP)
		c->euid = eu;
	if (ru != KEEP || (eu != KEEP && eu != old))
		c->suid = c->euid;
	c->fsuid = c->euid;
	return 0;
}

i64
sys_setregid(u64 r, u64 e)
{
	struct cred *c = &current->cred;
	u32 rg = r, eg = e, old = c->gid;

	if (c->euid && !(is_one_of(rg, c->gid, c->egid, c->egid) && is_one_of(eg, c->gid, c->egid, c->sgid)))
		return -EPERM;
	if (rg != KEEP)
		c->gid = rg;
	if (eg != KEEP)
		c->egid = eg;
	if (rg != KEEP || (eg != KEEP && eg != old))
		c->sgid = c->egid;
	c->fsgid = c->egid;
	return 0;
}

i64
sys_getresuid(u64 r, u64 e, u64 s)
{
	const struct cred *c = &current->cred;

	return put_user32(r, c->uid) < 0 || put_user32(e, c->euid) < 0 || put_user32(s, c->suid) < 0 ? -EFAULT : 0;
}

i64
sys_getresgid(u64 r, u64 e, u64 s)
{
	const struct cred *c = &current->cred;

	return put_user32(r, c->gid) < 0 || put_user32(e, c->egid) < 0 || put_user32(s, c->sgid) < 0 ? -EFAULT : 0;
}

i64
sys_setfsuid(u64 uid)
{
	struct cred *c = &current->cred;
	u32 old = c->fsuid, u = uid;

	if (u != KEEP && (c->euid == 0 || u == c->uid || u == c->euid || u == c->suid || u == c->fsuid))
		c->fsuid = u;
	return old;
}

i64
sys_setfsgid(u64 gid)
{
	struct cred *c = &current->cred;
	u32 old = c->fsgid, g = gid;

	if (g != KEEP && (c->euid == 0 || g == c->gid || g == c->egid || g == c->sgid || g == c->fsgid))
		c->fsgid = g;
	return old;
}

i64
sys_getgroups(u64 n, u64 list)
{
	const struct cred *c = &current->cred;

	if ((i32)n < 0)
		return -EINVAL;
	if (n == 0)
		return c->ngroups;
	if (n < c->ngroups)
		return -EINVAL;
	return copy_out(list, c->group, c->ngroups * 4) < 0 ? -EFAULT : (i64)c->ngroups;
}

i64
sys_setgroups(u64 n, u64 list)
{
	struct cred *c = &current->cred;

	if (c->euid)
		return -EPERM;
	if (n > NGROUPS)
		return -EINVAL;
	if (copy_in(c->group, list, n * 4) < 0)
		return -EFAULT;
	c->ngroups = n;
	return 0;
}

/* ---- capabilities: all for euid 0, else none ---- */
#define CAP_VERSION_1 0x19980330
#define CAP_VERSION_3 0x20080522

static i64
cap_header(uptr p, u32 *words)
{
	u32 version, pid;

	if (get_user32(&version, p) < 0 || get_user32(&pid, p + 4) < 0)
		return -EFAULT;
	if (version != CAP_VERSION_1 && version != CAP_VERSION_3 && version != 0x20071026) {
		put_user32(p, CAP_VERSION_3);
		return -EINVAL;
	}
	if (pid && !task_find(pid))
		return -ESRCH;
	*words = version == CAP_VERSION_1 ? 1 : 2;
	return 0;
}

i64
sys_capget(u64 head, u64 data)
{
	u32 words, all = current->cred.euid ? 0 : ~0u;
	i64 err = cap_header(head, &words);

	if (err)
		return err == -EINVAL && !data ? 0 : err;
	for (u32 i = 0; i < words && data; i++) {
		u32 set = i ? all & 0x1ff : all;
		u32 triple[3] = { set, set, 0 };

		if (copy_out(data + i * 12, triple, 12) < 0)
			return -EFAULT;
	}
	return 0;
}

i64
sys_capset(u64 head, u64 data)
{
	u32 words, all = current->cred.euid ? 0 : ~0u;
	i64 err = cap_header(head, &words);

	if (err)
		return err;
	for (u32 i = 0; i < words; i++) {
		u32 triple[3];

		if (copy_in(triple, data + i * 12, 12) < 0)
			return -EFAULT;
		if ((triple[0] | triple[1]) & ~(i ? all & 0x1ff : all))
			return -EPERM;
	}
	return 0;
}
