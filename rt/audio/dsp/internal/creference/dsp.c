#include "dsp.h"
#include <math.h>

#define once __attribute__((noinline)) static

once void scale(float *restrict dst, const float *restrict src, int n, float gain) {
	for (int i = 0; i < n; i++)
		dst[i] = src[i] * gain;
}

once void ramp(float *restrict dst, const float *restrict src, int n, float from, float to) {
	float rise = (to - from) / (float)n;
	for (int i = 0; i < n; i++)
		dst[i] = src[i] * (from + rise * (float)(i + 1));
}

once double saw(float *dst, int n, double p, double step) {
	for (int i = 0; i < n; i++) {
		double v = 2 * p - 1;
		if (p < step) {
			double t = 1 - p / step;
			v += t * t;
		} else if (p > 1 - step) {
			double t = 1 - (1 - p) / step;
			v -= t * t;
		}
		dst[i] = (float)v;
		p += step;
		if (p >= 1)
			p -= 1;
	}
	return p;
}

once int echo(float *dst, const float *src, int n, float *line, int mask, int head, double samples, float wet, float feedback) {
	double whole = floor(samples);
	float part = (float)(samples - whole);
	int back = 1 + (int)whole;
	for (int i = 0; i < n; i++) {
		float near = line[(head - back) & mask], far = line[(head - back - 1) & mask];
		float sound = near + part * (far - near);
		line[head & mask] = src[i] + feedback * sound;
		dst[i] = src[i] + wet * sound;
		head++;
	}
	return head & mask;
}

void memkit_scale(float *dst, const float *src, int n, float gain, int times) {
	while (times--)
		scale(dst, src, n, gain);
}

void memkit_ramp(float *dst, const float *src, int n, float from, float to, int times) {
	while (times--)
		ramp(dst, src, n, from, to);
}

void memkit_saw(float *dst, int n, double step, int times) {
	double p = 0;
	while (times--)
		p = saw(dst, n, p, step);
}

void memkit_echo(float *dst, const float *src, int n, float *line, int mask, double samples, float wet, float feedback, int times) {
	int head = 0;
	while (times--)
		head = echo(dst, src, n, line, mask, head, samples, wet, feedback);
}
