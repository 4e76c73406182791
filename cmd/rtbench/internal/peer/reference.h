// A periodic real-time thread in plain C.

#ifndef MEMKIT_REFERENCE_H
#define MEMKIT_REFERENCE_H

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
} mk_reference_config;

typedef struct mk_reference mk_reference;

// mk_reference_start returns 0 or an errno.
int mk_reference_start(mk_reference_config config, mk_reference **reference);

// mk_reference_stop ends the thread and waits for it.
void mk_reference_stop(mk_reference *reference);

// What a stopped reference saw.
int64_t mk_reference_samples(const mk_reference *reference, const int64_t **samples);
int64_t mk_reference_stalls(const mk_reference *reference, const mk_window **stalls);
int64_t mk_reference_wakes(const mk_reference *reference);
int64_t mk_reference_skipped(const mk_reference *reference);

void mk_reference_free(mk_reference *reference);

#endif
