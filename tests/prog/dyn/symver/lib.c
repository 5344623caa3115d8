#include <stdio.h>

#ifdef OLD
int area(int w, int h) { (void)h; return w; }
#else
__attribute__((symver("area@V1"))) int area_old(int w, int h) { return w + h; }
__attribute__((symver("area@@V2"))) int area_new(int w, int h) { return w * h; }
__attribute__((symver("depth@@V2"))) int depth_impl(void) { return 3; }
#endif
int base(void) { return 11; }
