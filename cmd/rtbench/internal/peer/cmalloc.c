//go:build cgo && linux

#define _GNU_SOURCE
#include "cmalloc.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((uintptr_t)2 << 20)

// touch advises huge pages for the block's inside, as memkit's arenas do for
// theirs, and faults every page in.
static void touch(char *block, size_t size) {
	uintptr_t from = ((uintptr_t)block + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	uintptr_t to = ((uintptr_t)block + size) & ~(HUGE_PAGE - 1);
	if (to > from) {
		madvise((void *)from, to - from, MADV_HUGEPAGE);
	}
	memset(block, 1, size);
}

// prepare gives malloc 62 MiB of faulted-in heap that it will neither trim nor
// pass by: two blocks, because an arena of a thread other than the first one is
// 64 MiB at most and a block of 32 MiB would be mapped alone.
static int prepare(void) {
	const size_t half = (size_t)31 << 20;
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	char *a = malloc(half), *b = malloc(half);
	if (a == NULL || b == NULL) {
		free(a);
		free(b);
		return ENOMEM;
	}
	touch(a, half);
	touch(b, half);
	free(a);
	free(b);
	return 0;
}

typedef struct {
	const mk_op *ops;
	int64_t n, at;
	void **slots;
} replay;

// next is trace.Cursor's Next: the next stretch of at most n operations.
static const mk_op *next(replay *r, int64_t *n) {
	const mk_op *from = r->ops + r->at;
	if (*n >= r->n - r->at) {
		*n = r->n - r->at;
		r->at = 0;
	} else {
		r->at += *n;
	}
	return from;
}

static inline void step(void **slots, mk_op op) {
	if (op.size != 0) {
		slots[op.slot] = malloc(op.size);
	} else {
		free(slots[op.slot]);
	}
}

static void trace_batch(void *state, int64_t ops) {
	replay *r = state;
	while (ops > 0) {
		int64_t n = ops;
		const mk_op *op = next(r, &n);
		for (int64_t i = 0; i < n; i++) {
			step(r->slots, op[i]);
		}
		ops -= n;
	}
}

static void trace_latency(void *state, int64_t *dst, int64_t left) {
	replay *r = state;
	while (left > 0) {
		int64_t n = left;
		const mk_op *op = next(r, &n);
		for (int64_t i = 0; i < n; i++) {
			int64_t t = mk_now();
			step(r->slots, op[i]);
			dst[i] = mk_now() - t;
		}
		dst += n;
		left -= n;
	}
}

static uint32_t fnv1a(const void *data, size_t size) {
	const unsigned char *p = data;
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < size; i++) {
		h = (h ^ p[i]) * 16777619u;
	}
	return h;
}

int mk_malloc_trace(const mk_op *ops, int64_t n, int64_t slots, mk_plan plan,
	int64_t *latency, int64_t *batch, mk_counts *counts, uint32_t *digest) {
	int err = prepare();
	if (err != 0) {
		return err;
	}
	replay r = {.ops = ops, .n = n, .slots = calloc((size_t)slots, sizeof(void *))};
	if (r.slots == NULL) {
		return ENOMEM;
	}
	*digest = fnv1a(ops, (size_t)n * sizeof *ops);
	mk_subject subject = {.state = &r, .batch = trace_batch, .latency = trace_latency};
	*counts = mk_drive(plan, subject, latency, batch);
	if (r.at != 0) {
		trace_batch(&r, r.n - r.at); // to the trace's end, where nothing is live
	}
	free(r.slots);
	return 0;
}

static inline void pair(size_t size) {
	void *p = malloc(size);
	// Without this the compiler may drop the pair.
	__asm__ volatile("" : : "r"(p) : "memory");
	free(p);
}

static void pair_batch(void *state, int64_t ops) {
	size_t size = *(size_t *)state;
	for (; ops > 0; ops--) {
		pair(size);
	}
}

static void pair_latency(void *state, int64_t *dst, int64_t n) {
	size_t size = *(size_t *)state;
	for (int64_t i = 0; i < n; i++) {
		int64_t t = mk_now();
		pair(size);
		dst[i] = mk_now() - t;
	}
}

int mk_malloc_pair(int64_t size, mk_plan plan,
	int64_t *latency, int64_t *batch, mk_counts *counts) {
	int err = prepare();
	if (err != 0) {
		return err;
	}
	size_t n = (size_t)size;
	mk_subject subject = {.state = &n, .batch = pair_batch, .latency = pair_latency};
	*counts = mk_drive(plan, subject, latency, batch);
	return 0;
}
