int value = 4;
int work(int n) { int s = 0; for (int i = 0; i < n; i++) s = s * 31 + i; return s; }
int chain(int n) { return n ? chain(n - 1) + work(n) : 1; }
