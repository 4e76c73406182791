//go:build cgo && linux

#define _GNU_SOURCE
#include "drive.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

// Latencies between two looks at the clock.
#define CHUNK 50

void mk_sleep_until(int64_t t) {
	struct timespec ts = {.tv_sec = t / 1000000000, .tv_nsec = t % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR) {
	}
}

static int64_t faults(void) {
	struct rusage ru;
	if (getrusage(RUSAGE_THREAD, &ru) != 0) {
		return 0;
	}
	return ru.ru_minflt + ru.ru_majflt;
}

static int ascending(const void *a, const void *b) {
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int64_t timer_cost(void) {
	int64_t d[1001];
	const int n = sizeof d / sizeof d[0];
	for (int i = 0; i < n; i++) {
		int64_t t = mk_now();
		d[i] = mk_now() - t;
	}
	qsort(d, n, sizeof d[0], ascending);
	return d[n / 2];
}

mk_counts mk_drive(mk_plan plan, mk_subject s, int64_t *latency, int64_t *batch) {
	mk_counts c = {.timer_ns = timer_cost()};
	s.batch(s.state, plan.ops);
	int64_t before = faults();
	int64_t end = mk_now();
	for (int64_t round = 0; round < plan.rounds; round++) {
		int64_t begin = mk_now() > end ? mk_now() : end;
		end = begin + plan.round_ns;
		s.batch(s.state, plan.ops);
		int64_t quota = plan.latencies;
		while (quota > 0 && mk_now() < begin + plan.round_ns / 2) {
			int64_t n = quota < CHUNK ? quota : CHUNK;
			s.latency(s.state, latency + c.latencies, n);
			c.latencies += n;
			quota -= n;
		}
		for (int64_t i = 0; i < plan.batches; i++) {
			int64_t t = mk_now();
			s.batch(s.state, plan.ops);
			int64_t now = mk_now();
			batch[c.batches++] = now - t;
			if (now >= end) {
				break;
			}
		}
		mk_sleep_until(end);
	}
	c.faults = faults() - before;
	return c;
}
