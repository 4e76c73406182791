//go:build portaudio && cgo && linux

#include "voice.h"

/* A fused multiplication and addition rounds once instead of twice. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

static float sine(uint32_t phase)
{
	float x = (float)(int32_t)phase * 4.656612873077393e-10f;
	if (x > 0.5f)
		x = 1.0f - x;
	if (x < -0.5f)
		x = -1.0f - x;
	const float u = x * x;
	return x * (3.1415927f + u * (-5.1677128f + u * (2.550164f + u * (-0.5992645f + u * 0.08214589f))));
}

static float partials(uint32_t phase)
{
	return sine(phase) + 0.5f * sine(2 * phase) + 0.33333334f * sine(3 * phase) + 0.25f * sine(4 * phase);
}

void voice_process(voice *v, float *left, float *right, uint32_t n)
{
	uint32_t steady = (uint32_t)v->frame * v->step;
	uint64_t m = v->frame % v->length;
	uint64_t sweep = m * v->start + m * (m - 1) / 2 * v->delta, speed = v->start + m * v->delta;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t edge = m < v->length - m ? m : v->length - m;
		if (edge > 480)
			edge = 480;
		const float v1 = partials(steady);
		const float v2 = partials((uint32_t)(sweep >> 32)) * ((float)edge * 0.0020833334f);
		left[i] = 0.25f * v1 + 0.125f * v2;
		right[i] = 0.125f * v1 + 0.25f * v2;
		steady += v->step;
		sweep += speed;
		speed += v->delta;
		if (++m == v->length) {
			m = sweep = 0;
			speed = v->start;
		}
	}
	v->frame += n;
}
