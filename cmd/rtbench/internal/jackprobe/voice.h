/* The demo synth of internal/audiodemo, sample for sample. */
#ifndef MEMKIT_VOICE_H
#define MEMKIT_VOICE_H

#include <stdint.h>

/* audiodemo.Constants, and the number of the next frame. */
typedef struct {
	uint32_t step;
	uint64_t start, delta, length;
	uint64_t frame;
} voice;

void voice_process(voice *v, float *left, float *right, uint32_t n);

#endif
