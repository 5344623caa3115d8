/* nbody - five bodies, symplectic steps in double. */
#include "kernel.h"
struct body { double x, y, z, vx, vy, vz, m; };
static struct body b[5] = {
	{ 0, 0, 0, 0, 0, 0, 39.47 },
	{ 4.84, -1.16, -.10, .606, 2.81, -.02, .037 },
	{ 8.34, 4.12, -.4, -1.01, 1.82, .008, .011 },
	{ 12.89, -15.11, -.22, 1.08, .868, -.01, .0017 },
	{ 15.37, -25.9, .179, .979, .594, -.034, .002 },
};
static double
root(double x)
{
	return __builtin_sqrt(x);
}
u64
kernel(u32 n)
{
	for (u32 r = 0; r < n; r++) {
		for (int i = 0; i < 5; i++)
			for (int j = i + 1; j < 5; j++) {
				double dx = b[i].x - b[j].x, dy = b[i].y - b[j].y, dz = b[i].z - b[j].z;
				double d2 = dx * dx + dy * dy + dz * dz;
				double mag = .001 / (d2 * root(d2));
				b[i].vx -= dx * b[j].m * mag;
				b[i].vy -= dy * b[j].m * mag;
				b[i].vz -= dz * b[j].m * mag;
				b[j].vx += dx * b[i].m * mag;
				b[j].vy += dy * b[i].m * mag;
				b[j].vz += dz * b[i].m * mag;
			}
		for (int i = 0; i < 5; i++) {
			b[i].x += .001 * b[i].vx;
			b[i].y += .001 * b[i].vy;
			b[i].z += .001 * b[i].vz;
		}
	}
	return (u64)(i64)((b[0].x + b[1].y + b[2].z + b[3].x) * 1e6);
}
