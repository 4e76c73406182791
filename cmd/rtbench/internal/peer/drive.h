// What every loop in C shares: the clock and the plan of package sampler.

#ifndef MEMKIT_DRIVE_H
#define MEMKIT_DRIVE_H

#include <stdint.h>
#include <time.h>

// mk_plan is sampler.Plan.
typedef struct {
	int64_t rounds, round_ns, latencies, batches, ops;
} mk_plan;

// mk_counts says how much of the sample arrays was filled, and what it cost.
typedef struct {
	int64_t latencies, batches, timer_ns, faults;
} mk_counts;

// mk_subject is sampler.Subject.
typedef struct {
	void *state;
	void (*batch)(void *state, int64_t ops);
	void (*latency)(void *state, int64_t *dst, int64_t n);
} mk_subject;

static inline int64_t mk_now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// mk_sleep_until returns at or after t, signals or not.
void mk_sleep_until(int64_t t);

// mk_drive runs the plan, as sampler.Plan.Run does in Go.
mk_counts mk_drive(mk_plan plan, mk_subject subject, int64_t *latency, int64_t *batch);

#endif
