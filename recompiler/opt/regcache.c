/*
 * regcache.c - guest registers as locals. Inserts OP fetch and OP flush and fills the flush sets of exits, so that the emitter needs no
 * dataflow. At every point a variable's local is valid ("avail") or struct cpu has its value, or both; "dirty" means only
 * the local has it. Fetches are placed by lazy code motion (Knoop, Ruething, Steffen 1992): "demand" is where some path uses the
 * variable next, a fetch starts out pending at the entry and behind whatever changed struct cpu, and sinks
 * while no path needs it; a loop that uses the variable stops it outside. A variable that is written in a loop is fetched before it rather than
 * flushed in every round. What no path uses any more, but somebody else may want, is stored at the end of the block that set it, except in
 * loops that call nothing: there a local costs less than a store. What a function takes as parameters (params.def) is valid and dirty at its entry; what
 * a call hands over so need not be stored for the callee, and stays the caller's to store if the callee does not change it. What it returns
 * (rax) is valid and dirty behind it.
 * Where only the low half of a register is read from its local, as of most pointers, only that is fetched: V8 would extend it anew at each use.
 * The scalar parts of an XMM register and the whole overlap: setting one makes the other invalid; the xmm pass has made sure that none is read through the other.
 */
#include "opt.h"

struct sets {
	varset use, def;                 /* read before, written before anything else happens to it in the block */
	varset blocks;                   /* demand does not pass upwards */
	varset gen, lost;                /* avail at the end; no longer avail at the end */
	varset mod, clean;               /* dirty at the end because of the block; not dirty any more */
	varset given;                    /* a call returns it */
	varset hold;                     /* dirty variables a call leaves alone may stay in their locals */
	varset demand, pend_in, pend_out, av_in, av_out, dirty_in, dirty_out;
};

struct rc {
	struct func *f;
	const struct opt *o;
	const struct summary *own;       /* NULL: nothing is known of the function itself */
	struct cfg c;
	struct sets *s;
	varset *early;                   /* extra uses at the top of loop headers */
	varset *calm;                    /* loop headers: flushed before the loop, because the loop would flush it in every round */
	bool *busy;                      /* blocks outside loops or in a loop that calls */
	varset *due;                     /* stored on every way from the block's top before they are set again, should they come there dirty */
	varset *wide, *wide_behind;      /* at the block's top, and behind it: a path reads more than the low half from the local, or may store it */
	varset *unused, *stored;         /* no path behind the block uses them; of those, what is stored at its end */
	u8 *whole;                       /* scratch of one block */
	varset *at;                      /* the same: wide_within() */
	bool *cut;                       /* merges of a large function, where only steady variables stay in locals */
	varset steady;                   /* what many such merges begin with: an interpreter's place in the bytecode, its stack, its frame */
};

static u32
var_of(const struct ins *in)
{
	return in->op == OP_poll ? VAR_FUEL : in->imm[0];
}

/* What a call or jump out hands over as parameters, and a return as its result unless nobody looks at it. */
static varset
passed(const struct rc *r, const struct term *t)
{
	const struct summaries *sums = r->o->sums;
	varset pass;

	switch (t->kind) {
	case TERM_CALLIND: case TERM_TAILIND:
		return VARS_PARAMS;
	case TERM_CALL: case TERM_TAIL:
		pass = summary_params(sums ? summary_find(sums, t->target) : NULL);
		return t->guess ? pass | summary_params(summary_find(sums, t->guess)) : pass;
	case TERM_RET:
		return r->own && !r->own->any ? r->own->exit & VARS_RESULT : VARS_RESULT;
	}
	return 0;
}

/* What the terminator reads from struct cpu and what it may change there. */
static void
at_term(const struct rc *r, const struct term *t, varset *reads, varset *writes)
{
	const struct summary *callee;

	*reads = VARS_ALL;
	*writes = VARS_ALL;
	switch (t->kind) {
	case TERM_JMP: case TERM_BR: case TERM_SWITCH:
		*reads = *writes = 0;
		break;
	case TERM_CALLIND:
		*writes &= ~VARBIT(VAR_RSP);             /* see frame.c */
		break;
	case TERM_CALL:
		*writes &= ~VARBIT(VAR_RSP);
		callee = r->o->sums ? summary_find(r->o->sums, t->target) : NULL;
		if (callee) {
			/* what is only handed over stays here; where the callee leaves off, it has stored rsp */
			*reads = callee->reads & ~(passed(r, t) & ~callee->writes & ~VARBIT(VAR_RSP));
			*writes = callee->writes & ~VARBIT(VAR_RSP);
		}
		break;
	case TERM_SYSCALL:
		*writes = VARS_SYSCALL;
		break;
	}
}

/* What a call returns: whoever does not change it leaves it to its caller, where it is. */
static varset
given(const struct term *t, varset writes)
{
	return t->kind == TERM_CALL || t->kind == TERM_CALLIND ? writes & VARS_RESULT : 0;
}

/* Of those, what must be there: wanted behind the terminator, or by the function that is called and not handed over. */
static varset
wanted(const struct rc *r, const struct term *t)
{
	const struct summaries *sums = r->o->sums;
	const struct summary *callee = sums && t->kind == TERM_CALL ? summary_find(sums, t->target) : NULL;
	varset pass = passed(r, t), behind = ~t->flush & ~VARBIT(VAR_RSP);

	switch (t->kind) {
	case TERM_CALL:
		if (!callee)
			return VARS_ALL & ~VARBIT(VAR_RSP);
		return behind | ((callee->entry.sure | callee->entry.maybe | (callee->flags_in ? VARS_FLAGS : 0)) & ~pass);
	case TERM_CALLIND:
		if (!sums)
			return VARS_ALL & ~VARBIT(VAR_RSP);
		return behind | ((summaries_unknown(sums) | (summaries_flags_in(sums) ? VARS_FLAGS : 0)) & ~pass);
	case TERM_TAIL: case TERM_TAILIND:
		if (!r->own || r->own->any || t->rsp_changed)
			return sums ? ~t->flush : VARS_ALL;
		return ~t->flush & ~(pass & ~(r->own->exit & ~VARBIT(VAR_RSP)));
	case TERM_SYSCALL:
		return VARS_ALL;
	case TERM_RET:                           /* the caller knows rsp, and unless the function unwinds it gets the result */
		return (sums ? ~t->flush : VARS_ALL) & (t->rsp_changed ? VARS_ALL : ~(VARBIT(VAR_RSP) | VARS_RESULT));
	}
	return sums ? ~t->flush : VARS_ALL;
}

/* What is taken from the local: what is handed over, and rsp, which is behind a call what it was before, see frame.c. */
static varset
term_reads(const struct rc *r, const struct term *t)
{
	return passed(r, t) | (t->kind == TERM_CALL || t->kind == TERM_CALLIND || t->kind == TERM_RET ? VARBIT(VAR_RSP) : 0);
}

static void
scan(struct rc *r, u32 b)
{
	const struct blk *blk = &r->f->blk[b];
	struct sets *s = &r->s[b];
	varset reads, writes, x;

	*s = (struct sets){ .use = r->early[b] };
	for (u32 i = 0; i < blk->n; i++) {
		const struct ins *in = &blk->ins[i];
		varset rd = ins_reads(in), wr = ins_writes(in), ov;

		if (ins_calls(in)) {
			s->blocks = s->lost = s->clean = VARS_ALL;
			s->gen = s->mod = 0;
			continue;
		}
		s->use |= rd & ~s->blocks & ~s->def;
		s->gen |= rd;
		s->lost &= ~rd;
		if (!wr)
			continue;
		ov = var_overlaps(var_of(in));
		s->def |= (wr | ov) & ~s->blocks & ~s->use;
		s->gen = (s->gen | wr) & ~ov;
		s->lost = (s->lost & ~wr) | ov;
		s->mod = (s->mod | wr) & ~ov;
		s->clean |= ov;
	}
	x = term_reads(r, &blk->term);
	s->use |= x & ~s->blocks & ~s->def;
	s->gen |= x;
	s->lost &= ~x;
	at_term(r, &blk->term, &reads, &writes);
	s->hold = ~(reads | writes);
	if (reads | writes) {
		s->clean |= ~s->hold;
		s->mod &= s->hold;
		s->lost |= writes;
		s->gen &= ~writes;
	}
	s->given = given(&blk->term, writes);
	s->lost &= ~s->given;
	s->gen |= s->given;
	s->mod |= s->given;
	if (blk->term.kind == TERM_CALL || blk->term.kind == TERM_CALLIND)
		s->mod |= VARBIT(VAR_RSP);       /* the callee has popped the return address, the local has not */
	s->blocks |= s->def | writes;
}

/* Where ways meet, outside loops that call nothing. */
static bool
merges(const struct rc *r, u32 b)
{
	return r->busy[b] && r->c.pred_at[b + 1] - r->c.pred_at[b] > 1;
}

static void
demand(struct rc *r)
{
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = r->c.nreach; i-- > 0; ) {
			const struct term *t = &r->f->blk[r->c.rpo[i]].term;
			struct sets *s = &r->s[r->c.rpo[i]];
			varset d = 0;

			for (u32 k = 0; k < t->nsucc; k++)
				d |= r->s[t->succ[k]].demand;
			d = s->use | (d & ~s->blocks);
			changed |= d != s->demand;
			s->demand = d;
		}
	}
}

static void
pending(struct rc *r)
{
	for (u32 i = 0; i < r->c.nreach; i++)
		r->s[r->c.rpo[i]].pend_in = r->s[r->c.rpo[i]].pend_out = VARS_ALL;
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = 0; i < r->c.nreach; i++) {
			u32 b = r->c.rpo[i];
			struct sets *s = &r->s[b];
			varset in = b ? s->demand : s->demand & ~r->f->params, out;

			for (u32 k = r->c.pred_at[b]; k < r->c.pred_at[b + 1]; k++)
				in &= r->s[r->c.pred[k]].pend_out | (r->cut[b] ? ~r->steady : 0);
			out = (in & ~s->use & ~s->def & ~s->gen) | s->lost;
			changed |= in != s->pend_in || out != s->pend_out;
			s->pend_in = in;
			s->pend_out = out;
		}
	}
}

/* Fetched on the edge p -> b. */
static varset
edge_fetch(const struct rc *r, u32 p, u32 b)
{
	return r->s[p].pend_out & r->s[b].demand & ~r->s[b].pend_in;
}

static varset
edge_flush(const struct rc *r, u32 p, u32 b)
{
	return r->s[p].dirty_out & (~r->s[b].av_in | r->calm[b]) & ~r->f->blk[b].dead;
}

static void
avail(struct rc *r)
{
	for (u32 i = 0; i < r->c.nreach; i++)
		r->s[r->c.rpo[i]].av_out = VARS_ALL;
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = 0; i < r->c.nreach; i++) {
			u32 b = r->c.rpo[i];
			struct sets *s = &r->s[b];
			varset in = b == 0 ? r->f->params : r->cut[b] ? r->steady : VARS_ALL, out;

			for (u32 k = r->c.pred_at[b]; k < r->c.pred_at[b + 1]; k++)
				in &= r->s[r->c.pred[k]].av_out | edge_fetch(r, r->c.pred[k], b);
			out = s->gen | ((in | s->use) & ~s->lost);
			changed |= out != s->av_out || in != s->av_in;
			s->av_in = in;
			s->av_out = out;
		}
	}
}

static void
find_cuts(struct rc *r)
{
	r->busy = cfg_busy(&r->c, r->f, r->o->arena);
	r->cut = arena_alloc(r->o->arena, r->c.n * sizeof *r->cut);
	for (u32 b = 0; b < r->c.n; b++)
		r->cut[b] = b && r->c.n >= MANY_BLOCKS && merges(r, b);
}

/* Registers that a block reads before it writes them. */
static varset
begins_with(const struct blk *b)
{
	varset use = 0, def = 0;

	for (u32 i = 0; i < b->n; i++) {
		use |= ins_reads(&b->ins[i]) & ~def;
		def |= ins_writes(&b->ins[i]);
	}
	return use & VARS_GENERAL;
}

/*
 * What an eighth of the merges begin with. Through struct cpu each step of a chain (the next place in the bytecode from this one) would wait for the
 * store of the step before; more of them would be moved about at each merge.
 */
static void
find_steady(struct rc *r)
{
	u32 count[VAR_R15 + 1] = { 0 }, n = 0;

	for (u32 b = 0; b < r->c.n; b++) {
		varset use = r->cut[b] ? begins_with(&r->f->blk[b]) : 0;

		n += r->cut[b];
		for (u32 v = 0; v <= VAR_R15; v++)
			count[v] += use >> v & 1;
	}
	for (u32 v = 0; v <= VAR_R15; v++)
		if (count[v] * 8 >= n)
			r->steady |= VARBIT(v);
}

/* Of what comes dirty to block b, what is stored there or on the way for sure. */
static varset
due_behind(const struct rc *r, u32 b)
{
	return r->due[b] | (~r->s[b].av_in & ~r->f->blk[b].dead);
}

static varset
due_at(const struct rc *r, u32 b)
{
	const struct blk *blk = &r->f->blk[b];
	const struct term *t = &blk->term;
	varset set = 0, reads, writes, due = t->nsucc ? VARS_ALL : 0;

	for (u32 i = 0; i < blk->n; i++) {
		if (ins_calls(&blk->ins[i]))
			return ~set;
		set |= ins_writes(&blk->ins[i]);
	}
	for (u32 k = 0; k < t->nsucc; k++)
		due &= due_behind(r, t->succ[k]);
	at_term(r, t, &reads, &writes);
	due &= ~(reads | writes);
	if (reads | writes)
		due |= (reads | writes) & wanted(r, t);
	return due & ~set;
}

static void
find_due(struct rc *r)
{
	for (u32 i = 0; i < r->c.nreach; i++)
		r->due[r->c.rpo[i]] = VARS_ALL;
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = r->c.nreach; i-- > 0; ) {
			u32 b = r->c.rpo[i];
			varset due = due_at(r, b);

			changed |= due != r->due[b];
			r->due[b] = due;
		}
	}
}

/* What all successors store is stored once; what only some store stays dirty for them. */
static void
find_unused(struct rc *r)
{
	for (u32 i = 0; i < r->c.nreach; i++) {
		u32 b = r->c.rpo[i];
		const struct term *t = &r->f->blk[b].term;
		varset used = VARBIT(VAR_RSP) | VARBIT(VAR_FUEL), some = 0, all = VARS_ALL;

		if (!r->busy[b] || !t->nsucc)
			continue;
		for (u32 k = 0; k < t->nsucc; k++) {
			used |= r->s[t->succ[k]].demand;
			some |= ~r->f->blk[t->succ[k]].dead;
			all &= due_behind(r, t->succ[k]) & ~r->f->blk[t->succ[k]].dead;
		}
		all &= ~r->s[b].given;                   /* comes too late to be stored in this block */
		r->stored[b] = ~used & all & ~t->flush;
		r->unused[b] = ~used & (all | ~some);
	}
}

static void
dirty(struct rc *r)
{
	for (u32 i = 0; i < r->c.nreach; i++)
		r->s[r->c.rpo[i]].dirty_out = 0;
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = 0; i < r->c.nreach; i++) {
			u32 b = r->c.rpo[i];
			struct sets *s = &r->s[b];
			varset in = b ? 0 : r->f->params, out;

			for (u32 k = r->c.pred_at[b]; k < r->c.pred_at[b + 1]; k++)
				in |= r->s[r->c.pred[k]].dirty_out;
			in &= s->av_in & ~r->calm[b] & ~r->f->blk[b].dead;
			out = (s->mod | (in & ~s->clean)) & ~r->unused[b];
			changed |= out != s->dirty_out || in != s->dirty_in;
			s->dirty_in = in;
			s->dirty_out = out;
		}
	}
}

/* Variables that would be flushed on a back edge: have them fetched at the loop's entry instead. */
static bool
flushes_in_loops(struct rc *r)
{
	bool found = false;

	for (u32 i = 0; i < r->c.nreach; i++) {
		u32 b = r->c.rpo[i];
		varset x = 0;

		if (!r->c.header[b] || r->cut[b])
			continue;
		for (u32 k = r->c.pred_at[b]; k < r->c.pred_at[b + 1]; k++)
			if (r->c.num[r->c.pred[k]] >= i)
				x |= edge_flush(r, r->c.pred[k], b);
		x &= ~r->early[b];
		r->early[b] |= x;
		found |= x != 0;
	}
	return found;
}

/* Variables that come dirty into a loop and clean round it: something in the loop flushes them on every way. */
static bool
flushed_in_loops(struct rc *r)
{
	bool found = false;

	for (u32 i = 0; i < r->c.nreach; i++) {
		u32 b = r->c.rpo[i];
		varset round = 0;

		if (!r->c.header[b])
			continue;
		for (u32 k = r->c.pred_at[b]; k < r->c.pred_at[b + 1]; k++)
			if (r->c.num[r->c.pred[k]] >= i)
				round |= r->s[r->c.pred[k]].dirty_out;
		round = r->s[b].dirty_in & ~round & (b ? VARS_ALL : ~r->f->params);
		r->calm[b] |= round;
		found |= round != 0;
	}
	return found;
}

/* What is wide before each of a block's instructions, and at[n] before its terminator. */
static void
wide_within(const struct rc *r, u32 b, const struct ins *ins, u32 n, varset *at)
{
	const struct blk *blk = &r->f->blk[b];
	varset reads, writes;

	find_whole(ins, n, r->whole);
	at_term(r, &blk->term, &reads, &writes);
	at[n] = (r->wide_behind[b] & ~writes) | term_reads(r, &blk->term);
	for (u32 i = n; i-- > 0; ) {
		if (ins_calls(&ins[i]))
			at[i] = 0;
		else
			at[i] = (at[i + 1] & ~ins_writes(&ins[i])) | (ins[i].op != OP_get || r->whole[i] ? ins_reads(&ins[i]) : 0);
	}
}

static void
find_wide(struct rc *r)
{
	for (bool changed = true; changed; ) {
		changed = false;
		for (u32 i = r->c.nreach; i-- > 0; ) {
			u32 b = r->c.rpo[i];
			const struct blk *blk = &r->f->blk[b];

			for (u32 k = 0; k < blk->term.nsucc; k++)
				r->wide_behind[b] |= r->wide[blk->term.succ[k]];
			wide_within(r, b, blk->ins, blk->n, r->at);
			r->at[0] |= r->s[b].dirty_in;
			changed |= r->at[0] != r->wide[b];
			r->wide[b] = r->at[0];
		}
	}
}

static void
solve(struct rc *r)
{
	int rounds = 0;

	do {
		for (u32 i = 0; i < r->c.nreach; i++)
			scan(r, r->c.rpo[i]);
		demand(r);
		pending(r);
		avail(r);
		find_due(r);
		find_unused(r);
		dirty(r);
	} while (rounds++ < 4 && flushes_in_loops(r));
	for (rounds = 0; rounds < 4 && flushed_in_loops(r); rounds++)
		dirty(r);
}

/* Dirty variables that share bytes with those that are to be fetched. */
static varset
overlapping(varset dirty, varset fetched)
{
	varset ov = 0;

	for (u32 v = 0; fetched && v < NVAR; v++)
		if (fetched & VARBIT(v)) {
			fetched &= ~VARBIT(v);
			ov |= var_overlaps(v);
		}
	return dirty & ov;
}

static void
insert(struct func *f, u32 b, enum op op, varset vars, u32 pc)
{
	for (u32 v = 0; vars; v++) {
		if (vars & VARBIT(v)) {
			vars &= ~VARBIT(v);
			ir_ins(f, b, (struct ins){ .op = op, .pc = pc, .imm = { v }, .arg = { REF_NONE, REF_NONE, REF_NONE, REF_NONE } });
		}
	}
}

static void
insert_fetches(struct func *f, u32 b, varset vars, varset wide, u32 pc)
{
	insert(f, b, OP_fetch, vars & (wide | ~VARS_GENERAL), pc);
	insert(f, b, OP_fetchlo, vars & ~wide & VARS_GENERAL, pc);
}

/*
 * Rewrites one block: fetches at the first use of what is not in its local, flushes before helpers and at the end, flush sets.
 * top: fetched first, for the only edge that leads here; flushed is what its edges want in struct cpu at the end.
 */
static void
rewrite(struct rc *r, u32 b, varset top, varset bottom_fetch, varset bottom_flush)
{
	struct blk *blk = &r->f->blk[b];
	struct sets *s = &r->s[b];
	varset ok = s->av_in | top, dirt = s->dirty_in, own = 0, reads, writes, x;
	u32 n;
	struct ins *old = take_ins(r->f, b, &n);
	ref *map = arena_alloc(r->o->arena, (n + 1) * sizeof *map);

	wide_within(r, b, old, n, r->at);
	blk->live = s->av_in & (s->demand | s->dirty_in);
	insert(r->f, b, OP_flush, overlapping(dirt, top | (r->early[b] & s->pend_in)), blk->pc);
	insert_fetches(r->f, b, top | (r->early[b] & s->pend_in), r->at[0], blk->pc);
	ok |= r->early[b];
	for (u32 i = 0; i < n; i++) {
		struct ins in = old[i];
		u32 na = ir_nargs(&in);
		varset wr = ins_writes(&in), ov = wr ? var_overlaps(var_of(&in)) : 0;

		for (u32 a = 0; a < na; a++)
			in.arg[a] = map[in.arg[a]];
		x = ins_reads(&in) & ~ok;
		insert(r->f, b, OP_flush, overlapping(dirt, x), in.pc);
		insert_fetches(r->f, b, x, r->at[i], in.pc);
		ok |= x;
		if (ins_calls(&in)) {
			insert(r->f, b, OP_flush, dirt, in.pc);
			ok = dirt = 0;
		}
		if (in.op == OP_poll)
			dirt |= VARBIT(VAR_FUEL);
		if (opinfo[in.op].props & P_EXIT)
			in.flush = dirt & (~in.flush | own);
		own |= wr;
		ok = (ok | wr) & ~ov;
		dirt = (dirt | wr) & ~ov;
		map[i] = ir_ins(r->f, b, in);
	}
	if (blk->term.val != REF_NONE)
		blk->term.val = map[blk->term.val];
	bottom_flush |= dirt & r->stored[b];
	blk->term.pass = passed(r, &blk->term);
	x = term_reads(r, &blk->term) & ~ok;
	insert(r->f, b, OP_flush, overlapping(dirt, x), blk->term.pc);
	insert_fetches(r->f, b, x, r->at[n], blk->term.pc);
	at_term(r, &blk->term, &reads, &writes);
	blk->term.given = s->given;
	if (reads | writes) {
		insert(r->f, b, OP_flush, dirt & (((reads | writes) & wanted(r, &blk->term)) | bottom_flush), blk->term.pc);
		blk->term.flush = dirt & ~(reads | writes | bottom_flush | r->unused[b] | blk->term.flush);
	} else {
		insert(r->f, b, OP_flush, bottom_flush, blk->term.pc);
		insert_fetches(r->f, b, bottom_fetch, r->wide_behind[b], blk->term.pc);
	}
}

static bool
only_from(const struct cfg *c, u32 b, u32 p)
{
	for (u32 k = c->pred_at[b]; k < c->pred_at[b + 1]; k++)
		if (c->pred[k] != p)
			return false;
	return b != 0;
}

/* Where the fetches and flushes of an edge go: into the block before if it has one way out, the one behind if it has one way in. */
static void
place(struct rc *r, varset *top, varset *bottom_fetch, varset *bottom_flush)
{
	for (u32 i = 0; i < r->c.nreach; i++) {
		u32 p = r->c.rpo[i];
		u32 kind = r->f->blk[p].term.kind;

		for (u32 k = 0; k < r->f->blk[p].term.nsucc; k++) {
			u32 b = r->f->blk[p].term.succ[k], n;
			varset in, out;

			if (b >= r->c.n)
				continue;
			in = edge_fetch(r, p, b);
			out = edge_flush(r, p, b) | overlapping(r->s[p].dirty_out, in);
			if (kind == TERM_JMP) {
				bottom_fetch[p] |= in;
				bottom_flush[p] |= out;
				continue;
			}
			if (kind != TERM_BR && kind != TERM_SWITCH) {
				bottom_flush[p] |= out;
				out = 0;
			}
			if (in && !out && only_from(&r->c, b, p)) {
				top[b] |= in;
				continue;
			}
			if (!(in | out))
				continue;
			n = cfg_split_edge(r->f, p, k);
			insert(r->f, n, OP_flush, out, r->f->blk[n].pc);
			insert_fetches(r->f, n, in, r->wide[b], r->f->blk[n].pc);
			for (u32 j = k + 1; j < r->f->blk[p].term.nsucc; j++)
				if (r->f->blk[p].term.succ[j] == b)
					r->f->blk[p].term.succ[j] = n;
		}
	}
}

void
opt_regcache(struct func *f, const struct opt *o)
{
	struct rc r = { .f = f, .o = o };
	varset *top, *bottom_fetch, *bottom_flush;
	u32 n = f->nblk, most = ir_largest(f);

	cfg_build(&r.c, f, o->arena);
	r.own = o->sums ? summary_find(o->sums, f->pc) : NULL;
	f->params = summary_params(r.own);
	r.due = arena_alloc(o->arena, n * sizeof *r.due);
	r.unused = arena_alloc(o->arena, n * sizeof *r.unused);
	r.stored = arena_alloc(o->arena, n * sizeof *r.stored);
	find_cuts(&r);
	find_steady(&r);
	r.s = arena_alloc(o->arena, n * sizeof *r.s);
	r.early = arena_alloc(o->arena, n * sizeof *r.early);
	r.calm = arena_alloc(o->arena, n * sizeof *r.calm);
	top = arena_alloc(o->arena, n * sizeof *top);
	bottom_fetch = arena_alloc(o->arena, n * sizeof *top);
	bottom_flush = arena_alloc(o->arena, n * sizeof *top);
	r.wide = arena_alloc(o->arena, n * sizeof *r.wide);
	r.wide_behind = arena_alloc(o->arena, n * sizeof *r.wide_behind);
	r.whole = arena_alloc(o->arena, most + 1);
	r.at = arena_alloc(o->arena, (most + 1) * sizeof *r.at);
	solve(&r);
	find_wide(&r);
	place(&r, top, bottom_fetch, bottom_flush);
	for (u32 i = 0; i < r.c.nreach; i++) {
		u32 b = r.c.rpo[i];

		rewrite(&r, b, top[b], bottom_fetch[b], bottom_flush[b]);
	}
}
