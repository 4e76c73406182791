// Allocators in C, measured inside C: the C library's, those of other libraries,
// which are loaded when they are there, and the reference heaps of heapref.c.

#ifndef MEMKIT_CMALLOC_H
#define MEMKIT_CMALLOC_H

#include "drive.h"

// mk_op is trace.Op.
typedef struct {
	uint32_t slot, size;
} mk_op;

#include <stddef.h>

// mk_allocator is a pair of functions like malloc and free.
typedef struct {
	void *(*alloc)(size_t);
	void (*release)(void *);
	int resident; // its memory is faulted in already
	char why[200]; // when alloc is NULL
} mk_allocator;

// mk_libc is the C library's allocator.
mk_allocator mk_libc(void);

// mk_load finds an allocator in a shared library. Its alloc is NULL when there is no
// such library or function, and why says so.
mk_allocator mk_load(const char *library, const char *alloc, const char *release);

// mk_heapref is a reference heap with 64 MiB of huge pages: good-fit with 32 bins for
// each power of two, or half-fit with one. Its alloc is NULL without memory.
mk_allocator mk_heapref(int half_fit);

// mk_malloc_trace replays n operations round and round. It stores the trace's
// FNV-1a hash, taken over the bytes it saw, and returns 0 or an errno.
int mk_malloc_trace(mk_allocator a, const mk_op *ops, int64_t n, int64_t slots, mk_plan plan,
	int64_t *latency, int64_t *batch, mk_counts *counts, uint32_t *digest);

// mk_malloc_pair allocates and frees one block of size bytes an operation.
int mk_malloc_pair(mk_allocator a, int64_t size, mk_plan plan,
	int64_t *latency, int64_t *batch, mk_counts *counts);

#endif
