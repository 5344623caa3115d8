/* matint - integer matrix product, 160 x 160. */
#include "kernel.h"
enum { N = 160 };
static i32 a[N][N], b[N][N], c[N][N];
u64
kernel(u32 n)
{
	u64 sum = 0;

	for (u32 i = 0; i < N * N; i++) {
		a[i / N][i % N] = i % 7;
		b[i / N][i % N] = i % 11;
	}
	for (u32 r = 0; r < n; r++) {
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++) {
				i32 s = 0;
				for (int k = 0; k < N; k++)
					s += a[i][k] * b[k][j];
				c[i][j] = s;
			}
		a[r % N][3] ^= 1;
		sum += c[r % N][r % 5];
	}
	return sum;
}
