#version 450
#extension GL_GOOGLE_include_directive : require
// Convolution of blocks of 64 samples with up to 4096 taps. Each workgroup computes 8
// of the samples and keeps the whole history in shared memory. Its invocations hold
// 16 taps each, in registers, and slide a window over the history.
layout(local_size_x = 256) in;

const uint BLOCK = 64u, TAPS = 4096u, OUTPUTS = 8u, HELD = 16u;
const uint HISTORY = TAPS + BLOCK; // samples, in a circle

#define INPUT  uint mode; uint padding[3]; float x[64];
#define OUTPUT float y[64];
#define STATE  uint position[16]; float history[16 * 4160];
#include "resident.glsl"
layout(set = 0, binding = 3) readonly buffer Taps { float taps[4096]; };

// What input_.mode says.
const uint APPEND = 1u; // take the samples, compute nothing
const uint RESET = 2u;  // forget the history first

// Invocations read at a distance of 16 samples from each other. A gap after each 16
// lets them read from different banks.
shared float samples[HISTORY + HISTORY / 16u + 1u];
shared float partial[OUTPUTS * 256u];
shared float second[256];
shared float third[64];

float held[HELD];
uint position; // of the next block in the circle

uint at(uint i) {
	i = i >= HISTORY ? i - HISTORY : i;
	return i + (i >> 4);
}

void begin() {
	uint t = gl_LocalInvocationIndex, g = gl_WorkGroupID.x;
	for (uint i = 0u; i < HELD; i++) held[i] = taps[t * HELD + i];
	for (uint i = t; i < HISTORY; i += 256u) samples[at(i)] = state.history[g * HISTORY + i];
	position = state.position[g];
	barrier();
}

void work() {
	uint t = gl_LocalInvocationIndex, g = gl_WorkGroupID.x;
	float fresh = t < BLOCK ? input_.x[t] : 0.0;
	uint mode = input_.mode; // both loads are on their way before one is waited for
	if (mode == RESET) {
		for (uint i = t; i < HISTORY; i += 256u) samples[at(i)] = 0.0;
		barrier();
	}
	if (t < BLOCK) samples[at(position + t)] = fresh;
	barrier();
	if (mode != APPEND) {
		uint first = g * OUTPUTS;
		// The oldest sample that this invocation's last tap meets.
		uint base = position + first + HISTORY - t * HELD - (HELD - 1u);
		base = base >= HISTORY ? base - HISTORY : base;
		float window[OUTPUTS + HELD - 1u];
		for (uint m = 0u; m < OUTPUTS + HELD - 1u; m++) window[m] = samples[at(base + m)];
		for (uint j = 0u; j < OUTPUTS; j++) {
			float a = 0.0, b = 0.0;
			for (uint i = 0u; i < HELD; i += 2u) {
				a = fma(held[i], window[j + HELD - 1u - i], a);
				b = fma(held[i + 1u], window[j + HELD - 2u - i], b);
			}
			partial[j * 256u + t] = a + b;
		}
		barrier();
		float s = 0.0;
		uint row = (t >> 5) * 256u + (t & 31u);
		for (uint q = 0u; q < 8u; q++) s += partial[row + 32u * q];
		second[t] = s;
		barrier();
		if (t < 64u) {
			row = (t >> 3) * 32u + (t & 7u);
			third[t] = (second[row] + second[row + 8u]) + (second[row + 16u] + second[row + 24u]);
		}
		barrier();
		if (t < OUTPUTS) {
			s = 0.0;
			for (uint q = 0u; q < 8u; q++) s += third[t * 8u + q];
			output_.y[first + t] = s;
		}
	}
	position = position + BLOCK >= HISTORY ? position + BLOCK - HISTORY : position + BLOCK;
}

void end() {
	uint t = gl_LocalInvocationIndex, g = gl_WorkGroupID.x;
	for (uint i = t; i < HISTORY; i += 256u) state.history[g * HISTORY + i] = samples[at(i)];
	if (t == 0u) state.position[g] = position;
}
