#version 450
// A job that keeps the whole device busy with multiplications.
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) buffer Result { float r; };
layout(push_constant) uniform Rounds { uint rounds; };
void main() {
	float a = float(gl_GlobalInvocationID.x);
	for (uint i = 0u; i < rounds; i++) a = fma(a, 1.0001, 0.5);
	if (a == 12345.678) r = a;
}
