/* The driver's half of a hand-off in C; handoff.Driver in Go is its reference,
 * and a test holds the two together. */
#ifndef MEMKIT_EXCHANGE_H
#define MEMKIT_EXCHANGE_H

#include "../handoff/handoff.h"

/* One call of the device: n frames of non-interleaved channels. */
struct memkit_cycle {
	const float *const *in;
	float *const *out;
	uint32_t n, flags, number;
	int64_t begin, entry, in_time, out_time;
	int64_t period; /* ns, 0 for the region's */
};

int64_t memkit_now(void);

/* Has one cycle processed; returns whether it had to play a substitute. */
int memkit_exchange(struct memkit_handoff *region, const struct memkit_cycle *cycle);

#endif
