#version 450
#extension GL_GOOGLE_include_directive : require
// A resident kernel that only answers.
layout(local_size_x = 32) in;
#define INPUT
#define OUTPUT
#define STATE
#include "resident.glsl"
void begin() {}
void work() {}
void end() {}
