// Package audiodemo is the synth that the live demonstration, the examples and the
// control written in C share: two voices, one of which sweeps.
//
// Every sample is a function of its frame number alone, so a capture can be
// compared with an offline rendering bit for bit, also after blocks that were
// never processed.
//
// # The arithmetic
//
// All additions and multiplications are of float32, in the order written, none
// fused (C: -ffp-contract=off; no -ffast-math); phases are unsigned integers that
// wrap. [Constants] gives the numbers for a rate.
//
//	float sine(uint32_t phase) {            // sin(2π·phase/2³²), to 4·10⁻⁶
//	    float x = (float)(int32_t)phase * 4.656612873077393e-10f;  // 2⁻³¹: −1 … 1
//	    if (x > 0.5f) x = 1.0f - x;
//	    if (x < -0.5f) x = -1.0f - x;
//	    float u = x * x;
//	    return x * (3.1415927f + u * (-5.1677128f + u * (2.550164f + u * (-0.5992645f + u * 0.08214589f))));
//	}
//	float voice(uint32_t phase) {           // four partials, 1/k
//	    return sine(phase) + 0.5f * sine(2 * phase) + 0.33333334f * sine(3 * phase) + 0.25f * sine(4 * phase);
//	}
//	// frame n (uint64_t), m = n % length:
//	uint32_t p1 = (uint32_t)n * step;
//	uint64_t p2 = m * start + (m * (m - 1) / 2) * delta;
//	uint64_t edge = min(m, length - m, 480);
//	float v1 = voice(p1), v2 = voice((uint32_t)(p2 >> 32)) * ((float)edge * 0.0020833334f);
//	left = 0.25f * v1 + 0.125f * v2;
//	right = 0.125f * v1 + 0.25f * v2;
//
// sums are evaluated from left to right. Within a block p2 may be carried on by
// p2 += s, s += delta with s = start + m·delta, which is the same number.
//
// The polynomial is the Taylor series of sin(πx) to x⁹ (Abramowitz and Stegun,
// Handbook of Mathematical Functions, 4.3.65).
package audiodemo
