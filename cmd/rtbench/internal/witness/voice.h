#ifndef MEMKIT_VOICE_H
#define MEMKIT_VOICE_H

#include <stdint.h>

void voice_reset(double rate);
void voice_process(float *left, float *right, uint32_t n);

#endif
