// A bounded queue from one producer to one consumer in C: two indices on lines of
// their own, and each side keeps a copy of the other's index that it renews only
// when the queue looks full or empty. That is the way of rigtorp's SPSCQueue and
// of most queues in use.

#ifndef MEMKIT_SPSC_H
#define MEMKIT_SPSC_H

#include "drive.h"

typedef struct mk_spsc mk_spsc;

// mk_spsc_new returns an empty queue of capacity numbers, or NULL.
mk_spsc *mk_spsc_new(int64_t capacity);
void mk_spsc_free(mk_spsc *q);

// mk_spsc_echo sends back what comes, and mk_spsc_fill pushes numbers, until *stop is
// not 0.
void mk_spsc_echo(mk_spsc *in, mk_spsc *out, const uint32_t *stop);
void mk_spsc_fill(mk_spsc *q, const uint32_t *stop);

// mk_spsc_trips sends a number and waits until it is back, and mk_spsc_drain pops
// numbers. They return 0.
int mk_spsc_trips(mk_spsc *there, mk_spsc *back, mk_plan plan, int64_t *latency, int64_t *batch, mk_counts *counts);
int mk_spsc_drain(mk_spsc *q, mk_plan plan, int64_t *latency, int64_t *batch, mk_counts *counts);

#endif
