/* door.h - constants of the guest -> kernel door, see door.def. */
#ifndef DOOR_H
#define DOOR_H

#define DOOR_UNWIND (-0x10000LL)     /* no Linux result: those are >= -4095 */
#define DOOR_SHARED 1u

/*
 * The code map of one recompiled file, handed to the engine when the kernel attaches the file to a mapping: header, then
 * count entries sorted by address. The host loads code.wasm's functions into the process's table at table_base.
 */
struct codemap_entry {
	unsigned int pc;             /* offset from the link address: add bias */
	unsigned int index;          /* table slot relative to table_base (resume entries: to resume_base), and CODEMAP_FLOATS */
};
#define CODEMAP_FLOATS 0x80000000u   /* not to be entered with exact floats: it has floating point, or calls what has directly */
struct codemap {
	unsigned int id;             /* code id, for door_resume_module */
	unsigned int bias;           /* load address minus link address */
	unsigned int lo, hi;         /* guest range it answers for (bias included) */
	unsigned int table_base;     /* first table slot of code.wasm */
	unsigned int resume_base;    /* first table slot of resume.wasm, reserved; 0 if the file has none */
	unsigned int resume_loaded;
	unsigned int nfunc, nresume;
	unsigned int func, resume;   /* addresses of struct codemap_entry arrays, sorted by pc */
	unsigned int exact;          /* the engine's: struct codemap of the functions compiled with exact floats, for those marked here; 0: none yet */
};

#endif
