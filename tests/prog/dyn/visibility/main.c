/* Who wins when names meet: weak, protected, hidden, -Bsymbolic, copy relocations, addresses of functions. */
#include <stdio.h>
extern int common_data[4];
int report(void), shielded(void), *data(void), (*pointer(void))(void);
int weak(void) { return 2; }
#ifdef INTERPOSE
int interposed(void) { return 11; }
#else
int interposed(void);
#endif
int
main(void)
{
	common_data[1] = 22;
	report();
	printf("%d %d %d %d %d\n", interposed(), shielded(), pointer() == interposed, data() == common_data, data()[1]);
	return 0;
}
