/* irtext.h - names shared by the printer and the parser of the IR's text form. */
#ifndef IRTEXT_H
#define IRTEXT_H

extern const char *const var_name[NVAR];
extern const char *const type_name[6];
extern const char *const cc_name[16];
extern const char *const trap_name[TRAP_COUNT];
extern const char *const term_name[12];

enum imm_shape { IMM_NONE, IMM_HEX, IMM_HEX2, IMM_VAR, IMM_CC, IMM_HELPER, IMM_TRAP, IMM_OFFSET, IMM_LANE };
enum imm_shape imm_shape(u16 op);

#endif
