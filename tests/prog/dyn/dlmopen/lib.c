#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int count;
static __thread int per_thread = 10;
int bump(int by) { count += by; per_thread++; return count * 100 + per_thread; }
int loop(int n) { int s = 0; for (int i = 0; i < n; i++) s += i ^ count; return s; }
char *text(int n) { char *p = malloc(100); snprintf(p, 100, "%d of %s", n, getenv("HOME") ? "somebody" : "nobody"); return p; }
