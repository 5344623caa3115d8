long tiny(long x) { return x - 1; }
long large(long x) { return x / 3; }
