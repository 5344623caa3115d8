/* Where libraries are looked for: RPATH, RUNPATH, LD_LIBRARY_PATH, $ORIGIN through a link; what is said when there is none. */
#include <stdio.h>
const char *who(void);
int main(int argc, char **argv) { printf("%s, %d arguments%s%s\n", who(), argc - 1, argc > 1 ? ", first " : "", argc > 1 ? argv[1] : ""); return 0; }
