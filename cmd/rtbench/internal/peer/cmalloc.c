//go:build cgo && linux

#define _GNU_SOURCE
#include "cmalloc.h"

#include <dlfcn.h>
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

mk_allocator mk_libc(void) {
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	return (mk_allocator){.alloc = malloc, .release = free};
}

mk_allocator mk_load(const char *library, const char *alloc, const char *release) {
	mk_allocator a = {0};
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (handle != NULL) {
		a.release = (void (*)(void *))dlsym(handle, release);
		a.alloc = (void *(*)(size_t))dlsym(handle, alloc);
	}
	if (a.alloc == NULL || a.release == NULL) {
		const char *why = dlerror();
		strncpy(a.why, why == NULL ? "" : why, sizeof a.why - 1);
		a.alloc = NULL;
	}
	return a;
}

// prepare gives the allocator 62 MiB of faulted-in heap, which the C library will
// neither trim nor pass by: two blocks, because an arena of a thread other than the first one is
// 64 MiB at most and a block of 32 MiB would be mapped alone.
static int prepare(mk_allocator m) {
	if (m.resident) {
		return 0;
	}
	const size_t half = (size_t)31 << 20;
	char *a = m.alloc(half), *b = a == NULL ? NULL : m.alloc(half);
	if (b == NULL) {
		if (a != NULL) {
			m.release(a);
		}
		return ENOMEM;
	}
	touch(a, half);
	touch(b, half);
	m.release(a);
	m.release(b);
	return 0;
}

typedef struct {
	void *(*alloc)(size_t);
	void (*release)(void *);
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

static inline void step(const replay *r, mk_op op) {
	if (op.size != 0) {
		r->slots[op.slot] = r->alloc(op.size);
	} else {
		r->release(r->slots[op.slot]);
	}
}

static void trace_batch(void *state, int64_t ops) {
	replay *r = state;
	while (ops > 0) {
		int64_t n = ops;
		const mk_op *op = next(r, &n);
		for (int64_t i = 0; i < n; i++) {
			step(r, op[i]);
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
			step(r, op[i]);
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

int mk_malloc_trace(mk_allocator a, const mk_op *ops, int64_t n, int64_t slots, mk_plan plan,
	int64_t *latency, int64_t *batch, mk_counts *counts, uint32_t *digest) {
	int err = prepare(a);
	if (err != 0) {
		return err;
	}
	replay r = {.alloc = a.alloc, .release = a.release, .ops = ops, .n = n, .slots = calloc((size_t)slots, sizeof(void *))};
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

typedef struct {
	void *(*alloc)(size_t);
	void (*release)(void *);
	size_t size;
} pairs;

static void pair_batch(void *state, int64_t ops) {
	pairs p = *(pairs *)state;
	for (; ops > 0; ops--) {
		p.release(p.alloc(p.size));
	}
}

static void pair_latency(void *state, int64_t *dst, int64_t n) {
	pairs p = *(pairs *)state;
	for (int64_t i = 0; i < n; i++) {
		int64_t t = mk_now();
		p.release(p.alloc(p.size));
		dst[i] = mk_now() - t;
	}
}

int mk_malloc_pair(mk_allocator a, int64_t size, mk_plan plan,
	int64_t *latency, int64_t *batch, mk_counts *counts) {
	int err = prepare(a);
	if (err != 0) {
		return err;
	}
	pairs p = {a.alloc, a.release, (size_t)size};
	mk_subject subject = {.state = &p, .batch = pair_batch, .latency = pair_latency};
	*counts = mk_drive(plan, subject, latency, batch);
	return 0;
}
