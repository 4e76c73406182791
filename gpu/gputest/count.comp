#version 450
#extension GL_GOOGLE_include_directive : require
// A resident kernel of several workgroups: each adds the input to a sum of its own.
layout(local_size_x = 32) in;
#define INPUT  uint add;
#define OUTPUT uint sums[16];
#define STATE  uint sums[16];
#include "resident.glsl"
layout(set = 0, binding = 3) readonly buffer Weights { uint weights[16]; };
uint sum;
void begin() { sum = state.sums[gl_WorkGroupID.x]; }
void work() {
	sum += input_.add * weights[gl_WorkGroupID.x];
	if (gl_LocalInvocationIndex == 0u) output_.sums[gl_WorkGroupID.x] = sum;
}
void end() { if (gl_LocalInvocationIndex == 0u) state.sums[gl_WorkGroupID.x] = sum; }
