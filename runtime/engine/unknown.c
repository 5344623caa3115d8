/* unknown.c - the words for an instruction that the lifter has no row for: its mnemonic and its bytes. */
#include <string.h>
#include "../../recompiler/recompiler.h"
#include "engine.h"

static const char hex[] = "0123456789abcdef";

void
unknown_report(struct cpu *cpu)
{
	u32 end = door_executable(cpu, cpu->rip) & ~DOOR_SHARED;
	u32 n = end > cpu->rip ? end - cpu->rip : 0;
	const u8 *bytes = GUEST(const u8, cpu->rip);
	const char *name = "bytes that are no instruction:";
	struct insn in;
	char text[120];
	u32 len;

	if (n > 15)
		n = 15;
	if (decode(&in, cpu->rip, bytes, n)) {
		name = ZydisMnemonicGetString(in.z.mnemonic);
		n = in.z.length;
	}
	len = (u32)strlen(name);
	memcpy(text, name, len);
	for (u32 i = 0; i < n; i++) {
		text[len++] = ' ';
		text[len++] = hex[bytes[i] >> 4];
		text[len++] = hex[bytes[i] & 15];
	}
	door_unknown(cpu, cpu->rip, text, len);
}
