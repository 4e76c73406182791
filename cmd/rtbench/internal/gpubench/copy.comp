#version 450
// Copies by the device's processors, 16 bytes an invocation at a time.
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer Source { uvec4 source[]; };
layout(set = 0, binding = 1) writeonly buffer Destination { uvec4 destination[]; };
void main() {
	uint n = uint(source.length()), stride = gl_NumWorkGroups.x * 256u;
	for (uint i = gl_GlobalInvocationID.x; i < n; i += stride) destination[i] = source[i];
}
