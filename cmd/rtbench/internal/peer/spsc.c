//go:build cgo && linux

#include "spsc.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { LINE = 128 };

struct mk_spsc {
	_Alignas(LINE) _Atomic uint64_t write; // the producer's index
	uint64_t read_copy;
	_Alignas(LINE) _Atomic uint64_t read; // the consumer's index
	uint64_t write_copy;
	_Alignas(LINE) uint64_t slots; // one more than the capacity
	uint64_t *numbers;
};

mk_spsc *mk_spsc_new(int64_t capacity) {
	mk_spsc *q = aligned_alloc(LINE, sizeof *q);
	if (q == NULL) {
		return NULL;
	}
	*q = (mk_spsc){.slots = capacity + 1};
	size_t size = (q->slots * sizeof *q->numbers + LINE - 1) / LINE * LINE;
	q->numbers = aligned_alloc(LINE, size);
	if (q->numbers == NULL) {
		free(q);
		return NULL;
	}
	for (uint64_t i = 0; i < q->slots; i++) {
		q->numbers[i] = 0; // faults now
	}
	return q;
}

void mk_spsc_free(mk_spsc *q) {
	if (q != NULL) {
		free(q->numbers);
		free(q);
	}
}

static inline int push(mk_spsc *q, uint64_t v) {
	uint64_t write = atomic_load_explicit(&q->write, memory_order_relaxed);
	uint64_t next = write + 1 == q->slots ? 0 : write + 1;
	if (next == q->read_copy) {
		q->read_copy = atomic_load_explicit(&q->read, memory_order_acquire);
		if (next == q->read_copy) {
			return 0;
		}
	}
	q->numbers[write] = v;
	atomic_store_explicit(&q->write, next, memory_order_release);
	return 1;
}

static inline int pop(mk_spsc *q, uint64_t *v) {
	uint64_t read = atomic_load_explicit(&q->read, memory_order_relaxed);
	if (read == q->write_copy) {
		q->write_copy = atomic_load_explicit(&q->write, memory_order_acquire);
		if (read == q->write_copy) {
			return 0;
		}
	}
	*v = q->numbers[read];
	atomic_store_explicit(&q->read, read + 1 == q->slots ? 0 : read + 1, memory_order_release);
	return 1;
}

static inline int stopped(const uint32_t *stop) { return __atomic_load_n(stop, __ATOMIC_ACQUIRE) != 0; }

void mk_spsc_echo(mk_spsc *in, mk_spsc *out, const uint32_t *stop) {
	uint64_t v;
	while (!stopped(stop)) {
		if (pop(in, &v)) {
			push(out, v);
		}
	}
}

void mk_spsc_fill(mk_spsc *q, const uint32_t *stop) {
	for (uint64_t v = 0; !stopped(stop);) {
		v += push(q, v);
	}
}

typedef struct {
	mk_spsc *there, *back;
} pair;

static inline void trip(pair *p) {
	uint64_t v;
	push(p->there, 1);
	while (!pop(p->back, &v)) {
	}
}

static void trips_batch(void *state, int64_t ops) {
	for (; ops > 0; ops--) {
		trip(state);
	}
}

static void trips_latency(void *state, int64_t *dst, int64_t n) {
	for (int64_t i = 0; i < n; i++) {
		int64_t t = mk_now();
		trip(state);
		dst[i] = mk_now() - t;
	}
}

int mk_spsc_trips(mk_spsc *there, mk_spsc *back, mk_plan plan, int64_t *latency, int64_t *batch, mk_counts *counts) {
	pair p = {there, back};
	*counts = mk_drive(plan, (mk_subject){&p, trips_batch, trips_latency}, latency, batch);
	return 0;
}

static void drain_batch(void *state, int64_t ops) {
	for (uint64_t v; ops > 0;) {
		ops -= pop(state, &v);
	}
}

int mk_spsc_drain(mk_spsc *q, mk_plan plan, int64_t *latency, int64_t *batch, mk_counts *counts) {
	plan.latencies = 0; // a number has none of its own
	*counts = mk_drive(plan, (mk_subject){.state = q, .batch = drain_batch}, latency, batch);
	return 0;
}
