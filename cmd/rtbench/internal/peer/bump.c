//go:build cgo && linux

#include "bump.h"

#include <errno.h>
#include <stdlib.h>

enum { REGION = 64 << 10 };

typedef struct {
	char *start, *next, *end;
	int64_t size;
} bump;

static inline void *allocate(bump *b) {
	if (b->end - b->next < b->size) {
		b->next = b->start;
	}
	void *p = b->next;
	b->next += b->size;
	// Without this the compiler may add up the pointers of a batch.
	__asm__ volatile("" : : "r"(p) : "memory");
	return p;
}

static void bump_batch(void *state, int64_t ops) {
	for (; ops > 0; ops--) {
		allocate(state);
	}
}

static void bump_latency(void *state, int64_t *dst, int64_t n) {
	for (int64_t i = 0; i < n; i++) {
		int64_t t = mk_now();
		allocate(state);
		dst[i] = mk_now() - t;
	}
}

int mk_bump(int64_t size, mk_plan plan, int64_t *latency, int64_t *batch, mk_counts *counts) {
	char *region = malloc(REGION);
	if (region == NULL) {
		return ENOMEM;
	}
	bump b = {.start = region, .next = region, .end = region + REGION, .size = size};
	mk_subject subject = {.state = &b, .batch = bump_batch, .latency = bump_latency};
	*counts = mk_drive(plan, subject, latency, batch);
	free(region);
	return 0;
}
