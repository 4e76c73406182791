#version 450
#extension GL_GOOGLE_include_directive : require
// A resident kernel that copies a block of 64 samples.
layout(local_size_x = 64) in;
#define INPUT  float x[64];
#define OUTPUT float y[64];
#define STATE
#include "resident.glsl"
void begin() {}
void work() { output_.y[gl_LocalInvocationIndex] = input_.x[gl_LocalInvocationIndex]; }
void end() {}
