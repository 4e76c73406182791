// A bump allocator in C: the least that an allocation can cost.

#ifndef MEMKIT_BUMP_H
#define MEMKIT_BUMP_H

#include "drive.h"

// mk_bump allocates size bytes an operation from one region, which it reuses when it
// is full. It returns 0 or an errno.
int mk_bump(int64_t size, mk_plan plan, int64_t *latency, int64_t *batch, mk_counts *counts);

#endif
