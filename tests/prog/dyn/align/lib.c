#include <string.h>
__attribute__((aligned(0x200000))) char block[0x200000] = { 1, 2, 3 };
__attribute__((aligned(0x200000))) static char zeros[0x1000];
static const char text[] = "aligned";
int aligned(void) { return ((unsigned long)block & 0x1fffff) == 0 && ((unsigned long)zeros & 0x1fffff) == 0; }
const char *where(void) { zeros[5]++; block[1] += zeros[5]; return text; }
int value(int i) { return block[i]; }
