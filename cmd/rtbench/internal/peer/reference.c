//go:build cgo && linux

#define _GNU_SOURCE
#include "reference.h"
#include "drive.h"
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct mk_reference {
	mk_reference_config config;
	pthread_t thread;
	atomic_int stop;
	int64_t wakes, skipped, nsamples, nstalls;
	int64_t *samples;
	mk_window *stalls;
};

static void *run(void *arg) {
	mk_reference *t = arg;
	int64_t period = t->config.period_ns;
	int64_t next = t->config.start_ns;
	while (!atomic_load_explicit(&t->stop, memory_order_relaxed)) {
		mk_sleep_until(next);
		int64_t now = mk_now();
		int64_t late = now - next;
		t->wakes++;
		if (t->nsamples < t->config.samples_max) {
			t->samples[t->nsamples++] = late;
		}
		if (late >= t->config.stall_ns && t->nstalls < t->config.stalls_max) {
			t->stalls[t->nstalls++] = (mk_window){.from = next, .to = now};
		}
		next += period;
		if (now > next) {
			int64_t behind = (now - next - 1) / period + 1;
			t->skipped += behind;
			next += behind * period;
		}
	}
	return NULL;
}

int mk_reference_start(mk_reference_config config, mk_reference **reference) {
	mk_reference *t = calloc(1, sizeof *t);
	if (t == NULL) {
		return ENOMEM;
	}
	t->config = config;
	size_t samples = (size_t)config.samples_max * sizeof *t->samples;
	size_t stalls = (size_t)config.stalls_max * sizeof *t->stalls;
	t->samples = malloc(samples + 1);
	t->stalls = malloc(stalls + 1);
	if (t->samples == NULL || t->stalls == NULL) {
		mk_reference_free(t);
		return ENOMEM;
	}
	memset(t->samples, 1, samples);
	memset(t->stalls, 1, stalls);
	int err = mk_start_thread(&t->thread, config.cpu, config.priority, run, t);
	if (err != 0) {
		mk_reference_free(t);
		return err;
	}
	*reference = t;
	return 0;
}

void mk_reference_stop(mk_reference *t) {
	atomic_store(&t->stop, 1);
	pthread_join(t->thread, NULL);
}

int64_t mk_reference_samples(const mk_reference *t, const int64_t **samples) {
	*samples = t->samples;
	return t->nsamples;
}

int64_t mk_reference_stalls(const mk_reference *t, const mk_window **stalls) {
	*stalls = t->stalls;
	return t->nstalls;
}

int64_t mk_reference_wakes(const mk_reference *t) { return t->wakes; }

int64_t mk_reference_skipped(const mk_reference *t) { return t->skipped; }

void mk_reference_free(mk_reference *t) {
	free(t->samples);
	free(t->stalls);
	free(t);
}
