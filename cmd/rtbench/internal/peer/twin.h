// A periodic real-time thread in plain C.

#ifndef MEMKIT_TWIN_H
#define MEMKIT_TWIN_H

#include <stdint.h>

// mk_window is a stretch of time, CLOCK_MONOTONIC nanoseconds.
typedef struct {
	int64_t from, to;
} mk_window;

typedef struct {
	int cpu, priority;
	int64_t start_ns, period_ns;
	// Wakes at least this late are stalls.
	int64_t stall_ns;
	// Room for one lateness an activation and for one window a stall.
	int64_t samples_max, stalls_max;
} mk_twin_config;

typedef struct mk_twin mk_twin;

// mk_twin_start returns 0 or an errno.
int mk_twin_start(mk_twin_config config, mk_twin **twin);

// mk_twin_stop ends the thread and waits for it.
void mk_twin_stop(mk_twin *twin);

// What a stopped twin saw.
int64_t mk_twin_samples(const mk_twin *twin, const int64_t **samples);
int64_t mk_twin_stalls(const mk_twin *twin, const mk_window **stalls);
int64_t mk_twin_wakes(const mk_twin *twin);
int64_t mk_twin_skipped(const mk_twin *twin);

void mk_twin_free(mk_twin *twin);

#endif
