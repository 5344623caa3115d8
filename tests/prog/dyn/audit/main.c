/* LD_AUDIT: the dynamic linker calls an auditor in a namespace of its own, for every binding and every call through the PLT. */
#include <stdio.h>
#include <stdlib.h>
int main(void) { puts("audited"); puts("twice"); printf("%ld\n", strtol("123", NULL, 10)); return 0; }
