//go:build cgo && linux

// A reference for rt/tlsf: the same two policies written plainly in C, with boundary
// tags of pointers, without the checks of Free, without a parked block and without
// statistics. Masmano et al., ECRTS 2004; Ogasawara, RTCSA 1995.

#define _GNU_SOURCE
#include "cmalloc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GRANULE ((size_t)32)
#define HEADER offsetof(block, next_free)
#define REGION ((size_t)64 << 20)
#define OCTAVES 32

typedef struct block {
	struct block *prev; // in memory
	size_t size;        // header included; bit 0 is set in use
	struct block *next_free, *prev_free;
} block;

typedef struct {
	uint32_t octaves;          // which have a free block
	uint32_t bins[OCTAVES];    // which bins of an octave have one
	block *first[OCTAVES][32]; // lists
} heap;

static heap good, half;

static inline int log2_floor(size_t x) { return 63 - __builtin_clzl(x); }

static inline void locate(size_t size, int k, int *octave, int *bin) {
	int o = log2_floor(size) - 5;
	*octave = o;
	*bin = k == 1 ? 0 : (int)(size >> o) - 32;
}

static inline void insert(heap *h, int k, block *b, size_t size) {
	int o, i;
	locate(size, k, &o, &i);
	b->size = size;
	b->prev_free = NULL;
	b->next_free = h->first[o][i];
	if (b->next_free != NULL) {
		b->next_free->prev_free = b;
	}
	h->first[o][i] = b;
	h->bins[o] |= 1u << i;
	h->octaves |= 1u << o;
}

static inline void detach(heap *h, int k, block *b) {
	if (b->next_free != NULL) {
		b->next_free->prev_free = b->prev_free;
	}
	if (b->prev_free != NULL) {
		b->prev_free->next_free = b->next_free;
		return;
	}
	int o, i;
	locate(b->size, k, &o, &i);
	h->first[o][i] = b->next_free;
	if (b->next_free == NULL && (h->bins[o] &= ~(1u << i)) == 0) {
		h->octaves &= ~(1u << o);
	}
}

static inline block *at(block *b, size_t offset) { return (block *)((char *)b + offset); }

static inline void *take(heap *h, int k, size_t n) {
	if (n > REGION / 2) {
		return NULL;
	}
	size_t size = (n + HEADER + GRANULE - 1) & ~(GRANULE - 1);
	if (k == 1) {
		size = (size_t)1 << (log2_floor(size - 1) + 1);
	} else {
		size_t step = ((size_t)1 << (log2_floor(size) - 5)) - 1;
		size = (size + step) & ~step;
		size = (size + GRANULE - 1) & ~(GRANULE - 1);
	}
	int o, i;
	locate(size, k, &o, &i);
	uint32_t bins = h->bins[o] & (~0u << i);
	if (bins == 0) {
		uint32_t octaves = h->octaves & (~1u << o);
		if (octaves == 0) {
			return NULL;
		}
		o = __builtin_ctz(octaves);
		bins = h->bins[o];
	}
	block *b = h->first[o][__builtin_ctz(bins)];
	size_t rest = b->size - size;
	detach(h, k, b);
	if (rest != 0) {
		block *r = at(b, size);
		r->prev = b;
		at(r, rest)->prev = r;
		insert(h, k, r, rest);
	}
	b->size = size | 1;
	return (char *)b + HEADER;
}

static inline void give(heap *h, int k, void *p) {
	block *b = (block *)((char *)p - HEADER);
	size_t size = b->size & ~(size_t)1;
	block *next = at(b, size);
	if ((next->size & 1) == 0) {
		detach(h, k, next);
		size += next->size;
		next = at(b, size);
	}
	if ((b->prev->size & 1) == 0) {
		b = b->prev;
		detach(h, k, b);
		size += b->size;
	}
	next->prev = b;
	insert(h, k, b, size);
}

static void *good_alloc(size_t n) { return take(&good, 32, n); }
static void good_release(void *p) { give(&good, 32, p); }
static void *half_alloc(size_t n) { return take(&half, 1, n); }
static void half_release(void *p) { give(&half, 1, p); }

// region is REGION bytes on huge pages, the same for every heap of this process.
static char *region(void) {
	static char *memory;
	if (memory == NULL) {
		memory = aligned_alloc((size_t)2 << 20, REGION);
		if (memory != NULL) {
			madvise(memory, REGION, MADV_HUGEPAGE);
			memset(memory, 0, REGION);
		}
	}
	return memory;
}

mk_allocator mk_heapref(int half_fit) {
	mk_allocator a = {.resident = 1};
	char *memory = region();
	if (memory == NULL) {
		return a;
	}
	heap *h = half_fit ? &half : &good;
	memset(h, 0, sizeof *h);
	// A block in use stands at either end, so that every block has two neighbours.
	block *begin = (block *)memory, *b = at(begin, GRANULE), *end = (block *)(memory + REGION - GRANULE);
	begin->size = GRANULE | 1;
	b->prev = begin;
	end->size = GRANULE | 1;
	end->prev = b;
	insert(h, half_fit ? 1 : 32, b, REGION - 2 * GRANULE);
	a.alloc = half_fit ? half_alloc : good_alloc;
	a.release = half_fit ? half_release : good_release;
	return a;
}
