/*
 * shared.c - MAP_SHARED. Every process has its own memory, so a shared object has canonical pages here, and every mapping a twin: what it
 * last saw. Leaving a process (or calling the kernel) writes bytes that differ from the twin to the canonical pages; entering one takes
 * over what others wrote. With all processes on one worker that is indistinguishable from shared pages. As long as an object
 * is mapped once, its bytes live in that mapping only.
 */
#include "task.h"

struct twin {
	struct list link;                        /* shared.twins */
	struct mm *mm;
	struct shared *shared;
	u32 refs;                                /* vmas: a split mapping's halves share it */
	u64 first;                               /* page number of page[0] */
	u32 n;
	u8 **page;                               /* only while the object is live */
	u32 seen;                                /* shared->version when this memory last took over everything */
};
struct shared {
	struct list all;
	u32 refs;                                /* twins */
	struct list twins;
	u64 id;
	struct file *file;                       /* NULL: anonymous */
	bool live;                               /* mapped more than once: canonical pages and twins exist */
	u32 version;                             /* counts changes of the canonical pages */
	u32 n;
	u8 **page;
};

static struct list objects = { &objects, &objects };
static u64 anonymous_ids = 1ull << 62;
u32 shared_files;
static u8 buf[PAGE_SIZE];

u64
shared_key(const struct shared *s)
{
	return s->id;
}

static struct shared *
object_for(struct file *f)
{
	struct shared *s;

	if (f)
		list_each(e, &objects) {
			s = list_entry(e, struct shared, all);
			if (!s->file || s->id != file_id(f))
				continue;
			if ((s->file->flags & O_ACCMODE) == O_RDONLY && (f->flags & O_ACCMODE) != O_RDONLY) {
				file_put(s->file);
				s->file = file_get(f);   /* writes go through it */
			}
			return s;
		}
	s = kmalloc(sizeof *s);
	if (!s)
		return NULL;
	list_init(&s->twins);
	list_add_tail(&objects, &s->all);
	s->id = f ? file_id(f) : anonymous_ids++;
	if (f) {
		s->file = file_get(f);
		shared_files++;
	}
	return s;
}

static u8 *
canonical(struct shared *s, u64 page)
{
	if (page >= s->n) {
		u32 n = page + 64;
		u8 **p = krealloc(s->page, n * sizeof *p);

		if (!p)
			panic("shared mapping: out of memory");
		memset(p + s->n, 0, (n - s->n) * sizeof *p);
		s->page = p;
		s->n = n;
	}
	if (!s->page[page]) {
		s->page[page] = kmalloc(PAGE_SIZE);
		if (!s->page[page])
			panic("shared mapping: out of memory");
		if (s->file && (u64)file_size(s->file) > page * PAGE_SIZE)
			file_pread(s->file, s->page[page], PAGE_SIZE, page * PAGE_SIZE);
	}
	return s->page[page];
}

static u8 *
twin_page(struct twin *t, u64 page)
{
	u8 **p = &t->page[page - t->first];

	if (!*p)
		*p = kmalloc(PAGE_SIZE);
	if (!*p)
		panic("shared mapping: out of memory");
	return *p;
}

static int
twin_live(struct twin *t)
{
	if (!t->page)
		t->page = kmalloc(t->n * sizeof *t->page);
	return t->page ? 0 : -ENOMEM;
}

/* The guest's bytes of v become the canonical ones: the object was mapped once until now. */
static void
vma_publish(struct vma *v)
{
	struct mm *mm = v->twin->mm;

	for (u32 at = v->start; at < v->end; at += PAGE_SIZE) {
		u64 page = (v->off + (at - v->start)) / PAGE_SIZE;

		x_copy(0, kaddr(canonical(v->shared, page)), mm->nr, at, PAGE_SIZE);
		memcpy(twin_page(v->twin, page), canonical(v->shared, page), PAGE_SIZE);
	}
}

static int
object_live(struct shared *s)
{
	if (s->live)
		return 0;
	s->live = true;
	list_each(e, &s->twins) {
		struct twin *t = list_entry(e, struct twin, link);

		if (twin_live(t) < 0)
			return -ENOMEM;
		for (u32 i = 0; i < t->mm->nvma; i++)
			if (t->mm->vma[i].twin == t)
				vma_publish(&t->mm->vma[i]);
	}
	return 0;
}

static void
vma_fill(struct vma *v)
{
	for (u32 at = v->start; at < v->end; at += PAGE_SIZE) {
		u64 page = (v->off + (at - v->start)) / PAGE_SIZE;
		u8 *c = canonical(v->shared, page);

		x_copy(v->twin->mm->nr, at, 0, kaddr(c), PAGE_SIZE);
		memcpy(twin_page(v->twin, page), c, PAGE_SIZE);
	}
}

/* v is a new mapping whose memory exists. s NULL: of v->file, or of a new anonymous object. */
int
shared_attach(struct mm *mm, struct vma *v, struct shared *s)
{
	struct twin *t = kmalloc(sizeof *t);

	if (!t)
		return -ENOMEM;
	if (!s)
		s = object_for(v->file);
	if (!s || (s->refs && object_live(s) < 0)) {
		kfree(t);
		return -ENOMEM;
	}
	t->mm = mm;
	t->shared = s;
	t->refs = 1;
	t->first = v->off / PAGE_SIZE;
	t->n = (v->end - v->start) / PAGE_SIZE;
	list_add_tail(&s->twins, &t->link);
	s->refs++;
	v->shared = s;
	v->twin = t;
	if (v->prot & PROT_WRITE)
		v->flags |= VM_WROTE;
	if (s->live) {
		if (twin_live(t) < 0)
			return -ENOMEM;
		vma_fill(v);
	} else if (v->file && (u64)file_size(v->file) > v->off) {
		u64 have = file_size(v->file) - v->off;
		int err = mm_read_file(mm, v->start, v->file, v->off, have < v->end - v->start ? have : v->end - v->start);

		return err < 0 ? err : 0;
	}
	return 0;
}

void
shared_split(struct vma *second)
{
	second->twin->refs++;
}

static void
object_free(struct shared *s)
{
	for (u32 i = 0; i < s->n; i++)
		kfree(s->page[i]);
	kfree(s->page);
	if (s->file) {
		file_put(s->file);
		shared_files--;
	}
	list_del(&s->all);
	kfree(s);
}

void
shared_detach(struct vma *v)
{
	struct twin *t = v->twin;
	struct shared *s = v->shared;

	v->twin = NULL;
	v->shared = NULL;
	if (!t || --t->refs)
		return;
	list_del(&t->link);
	for (u32 i = 0; t->page && i < t->n; i++)
		kfree(t->page[i]);
	kfree(t->page);
	kfree(t);
	if (!--s->refs)
		object_free(s);
}

static void
vma_out(struct vma *v)
{
	struct shared *s = v->shared;

	for (u32 at = v->start; at < v->end; at += PAGE_SIZE) {
		u64 page = (v->off + (at - v->start)) / PAGE_SIZE;
		u8 *twin = twin_page(v->twin, page), *c;

		x_copy(0, kaddr(buf), v->twin->mm->nr, at, PAGE_SIZE);
		if (!memcmp(buf, twin, PAGE_SIZE))
			continue;
		c = canonical(s, page);
		for (u32 i = 0; i < PAGE_SIZE; i++)
			if (buf[i] != twin[i])
				c[i] = buf[i];
		memcpy(twin, buf, PAGE_SIZE);
		s->version++;
	}
}

static void
vma_in(struct vma *v)
{
	for (u32 at = v->start; at < v->end; at += PAGE_SIZE) {
		u64 page = (v->off + (at - v->start)) / PAGE_SIZE;
		u8 *c = canonical(v->shared, page), *twin = twin_page(v->twin, page);

		if (!memcmp(c, twin, PAGE_SIZE))
			continue;
		x_copy(v->twin->mm->nr, at, 0, kaddr(c), PAGE_SIZE);
		memcpy(twin, c, PAGE_SIZE);
	}
}

void
shared_out(struct mm *mm)
{
	for (u32 i = 0; i < mm->nvma; i++)
		if (mm->vma[i].shared && mm->vma[i].shared->live && (mm->vma[i].flags & VM_WROTE))
			vma_out(&mm->vma[i]);
}

void
shared_in(struct mm *mm)
{
	for (u32 i = 0; i < mm->nvma; i++) {
		struct vma *v = &mm->vma[i];

		if (v->shared && v->shared->live && v->twin->seen != v->shared->version)
			vma_in(v);
	}
	for (u32 i = 0; i < mm->nvma; i++)       /* only now: the halves of a split mapping have one twin */
		if (mm->vma[i].shared && mm->vma[i].shared->live)
			mm->vma[i].twin->seen = mm->vma[i].shared->version;
}

/* ---- the file ---- */
static void
page_to_file(struct shared *s, u64 page, u8 *bytes)
{
	static u8 old[PAGE_SIZE];
	struct uio_seg seg;
	struct uio u;
	u64 size = file_size(s->file), pos = page * PAGE_SIZE;
	u32 n = size <= pos ? 0 : size - pos < PAGE_SIZE ? size - pos : PAGE_SIZE;
	loff at = pos;

	if (!n || file_pread(s->file, old, n, pos) != (long)n || !memcmp(old, bytes, n))
		return;
	uio_kernel(&u, &seg, bytes, n);
	s->file->ops->write(s->file, &u, &at);
	files_changed++;
}

/* Changes made through mappings in [start, end) go to their files. */
void
shared_writeback(struct mm *mm, u32 start, u32 end)
{
	static u8 page_buf[PAGE_SIZE];

	for (u32 i = vma_lower(mm, start); i < mm->nvma && mm->vma[i].start < end; i++) {
		struct vma *v = &mm->vma[i];

		if (!v->shared || !v->shared->file || !(v->flags & VM_WROTE))
			continue;
		if (v->shared->live)
			vma_out(v);
		for (u32 at = v->start; at < v->end; at += PAGE_SIZE) {
			u64 page = (v->off + (at - v->start)) / PAGE_SIZE;

			if (v->shared->live)
				memcpy(page_buf, canonical(v->shared, page), PAGE_SIZE);
			else
				x_copy(0, kaddr(page_buf), mm->nr, at, PAGE_SIZE);
			page_to_file(v->shared, page, page_buf);
		}
	}
}

static struct shared *
object_of(u64 id)
{
	list_each(e, &objects) {
		struct shared *s = list_entry(e, struct shared, all);

		if (s->file && s->id == id)
			return s;
	}
	return NULL;
}

static void
shared_recount(void)
{
	shared_files = 0;
	list_each(e, &objects)
		if (list_entry(e, struct shared, all)->file)
			shared_files++;
}

void
shared_flush(u64 id)
{
	struct shared *s = object_of(id);

	if (!s)
		return;
	shared_files = 0;                        /* page_to_file() must not come back here */
	list_each(e, &s->twins) {
		struct twin *t = list_entry(e, struct twin, link);

		for (u32 i = 0; i < t->mm->nvma; i++)
			if (t->mm->vma[i].twin == t)
				shared_writeback(t->mm, t->mm->vma[i].start, t->mm->vma[i].end);
	}
	shared_recount();
}

void
shared_refresh(u64 id)
{
	struct shared *s = object_of(id);

	if (!s)
		return;
	shared_files = 0;
	s->version++;
	if (object_live(s) == 0)
		for (u32 i = 0; i < s->n; i++)
			if (s->page[i]) {
				long got = file_pread(s->file, s->page[i], PAGE_SIZE, (loff)i * PAGE_SIZE);

				if (got < 0)
					got = 0;
				memset(s->page[i] + got, 0, PAGE_SIZE - got);
			}
	shared_recount();
}
