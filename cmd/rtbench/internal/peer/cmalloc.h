// The C library's allocator, measured inside C.

#ifndef MEMKIT_CMALLOC_H
#define MEMKIT_CMALLOC_H

#include "drive.h"

// mk_op is trace.Op.
typedef struct {
	uint32_t slot, size;
} mk_op;

// mk_malloc_trace replays n operations round and round. It stores the trace's
// FNV-1a hash, taken over the bytes it saw, and returns 0 or an errno.
int mk_malloc_trace(const mk_op *ops, int64_t n, int64_t slots, mk_plan plan,
	int64_t *latency, int64_t *batch, mk_counts *counts, uint32_t *digest);

// mk_malloc_pair allocates and frees one block of size bytes an operation.
int mk_malloc_pair(int64_t size, mk_plan plan,
	int64_t *latency, int64_t *batch, mk_counts *counts);

#endif
