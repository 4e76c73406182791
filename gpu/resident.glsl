// The kernel's half of gpu.Resident. A kernel includes it after it has said what its
// data is and before it defines what it does:
//
//   #version 450
//   #extension GL_GOOGLE_include_directive : require
//   layout(local_size_x = 64) in;
//   #define INPUT  float x[64];
//   #define OUTPUT float y[64];
//   #define STATE  float z[64];
//   #include "resident.glsl"
//
//   void begin() {}                  // a launch begins: load from state.z
//   void work()  { … }               // a ring: input_.x to output_.y
//   void end()   {}                  // a launch ends: save to state.z
//
// All invocations of a workgroup call the three functions; work may contain
// barriers. Each workgroup answers for itself, and launches hand over through the
// state buffer alone. Bindings 0 to 2 are taken; arguments follow from 3 on.

layout(push_constant) uniform Launch { uint number; } launch;

layout(set = 0, binding = 0) coherent volatile buffer Input {
	uvec4 door; // sequence, stop, polls, mark
	uvec4 reserved[3];
	INPUT
} input_;

layout(set = 0, binding = 1) coherent volatile buffer Output {
	uint answers[16];
	OUTPUT
} output_;

layout(set = 0, binding = 2) buffer State {
	uint seen[16];
	STATE
} state;

shared uint ring_; // the ring to answer, 0 to leave

void begin();
void work();
void end();

const uint RING_COST = 8u; // polls that a ring counts as

void main() {
	uint group = gl_WorkGroupID.x;
	bool speaker = gl_LocalInvocationIndex == 0u;
	uint seen = state.seen[group];
	uint polls = 0u;
	uint soft = input_.door.z;
	begin();
	for (;;) {
		if (speaker) {
			ring_ = 0u;
			for (;;) {
				uvec4 door = input_.door;
				if (door.w == launch.number) break;      // another workgroup leaves
				if (door.x != seen) { ring_ = door.x; break; }
				if (door.y != 0u) break;
				polls++;
				if (polls >= 2u * soft) { input_.door.w = launch.number; break; }
			}
		}
		barrier();
		uint ring = ring_;
		if (ring == 0u) break;
		work();
		memoryBarrier();
		barrier();
		seen = ring;
		if (speaker) {
			output_.answers[group] = ring;
			polls += RING_COST;
			if (polls >= soft) input_.door.w = launch.number;
		}
	}
	end();
	if (speaker) state.seen[group] = seen;
}
