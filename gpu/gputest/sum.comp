#version 450
// result = a + scale*b + offset + bias, by 64 elements a workgroup.
layout(local_size_x = 64) in;
layout(constant_id = 0) const uint bias = 0;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer Result { uint result[]; };
layout(set = 0, binding = 3) uniform Scale { uint scale; };
layout(push_constant) uniform Push { uint offset; };
void main() {
	uint i = gl_GlobalInvocationID.x;
	result[i] = a[i] + scale * b[i] + offset + bias;
}
