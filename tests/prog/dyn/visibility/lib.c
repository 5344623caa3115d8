#include <stdio.h>
int common_data[4] = { 1, 2, 3, 4 };
__attribute__((weak)) int weak(void) { return 1; }
int interposed(void) { return 10; }
__attribute__((visibility("protected"))) int shielded(void) { return 20; }
__attribute__((visibility("hidden"))) int hidden(void) { return 30; }
extern __attribute__((weak)) int nowhere(void);
int report(void) { printf("weak %d interposed %d shielded %d hidden %d nowhere %d data %d\n", weak(), interposed(), shielded(), hidden(), nowhere != NULL, common_data[1]); return 0; }
int (*pointer(void))(void) { return interposed; }
int *data(void) { return common_data; }
