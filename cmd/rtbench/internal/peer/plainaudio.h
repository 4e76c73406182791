#ifndef MEMKIT_PLAINAUDIO_H
#define MEMKIT_PLAINAUDIO_H

#include <stdint.h>

typedef struct {
	int64_t begin, entry, end; // ns of CLOCK_MONOTONIC
	uint32_t n, flags, number;
} plain_cycle;

// plain_watch puts a callback around the Go package's own that only takes stamps,
// and logs up to capacity cycles; plain_unwatch ends the log and frees it.
int plain_watch(uint64_t capacity);
void plain_unwatch(void);
uint64_t plain_count(void);
const plain_cycle *plain_cycles(void);

#endif
