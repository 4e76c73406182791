//go:build portaudio && cgo && linux

#define _GNU_SOURCE
#include "exchange.h"

#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(offsetof(struct memkit_handoff, posted) == 128, "posted has a cache line of its own");
_Static_assert(offsetof(struct memkit_handoff, done) == 192, "done has a cache line of its own");
_Static_assert(offsetof(struct memkit_handoff, cycles) == 320, "counters follow the header");
_Static_assert(offsetof(struct memkit_handoff, next) == 384, "the driver's own follow the counters");
_Static_assert(sizeof(struct memkit_handoff) == 576, "records follow");
_Static_assert(sizeof(struct memkit_record) == 64, "a record is a cache line");

int64_t memkit_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static float *channel(struct memkit_handoff *r, uint32_t at, uint32_t c)
{
	return (float *)((char *)r + at + (size_t)c * r->stride);
}

/* Waits until the worker is done with block seq. */
static int await(struct memkit_handoff *r, uint32_t seq, int64_t deadline)
{
	const struct timespec until = { deadline / 1000000000, deadline % 1000000000 };
	for (;;) {
		uint32_t done = __atomic_load_n(&r->done, __ATOMIC_ACQUIRE);
		if (done == seq)
			return 1;
		if (memkit_now() >= deadline)
			return 0;
		syscall(SYS_futex, &r->done, FUTEX_WAIT_BITSET_PRIVATE, done, &until, NULL, FUTEX_BITSET_MATCH_ANY);
	}
}

static void post(struct memkit_handoff *r, const struct memkit_cycle *c, uint32_t seq, uint32_t flags, int64_t frame, int64_t deadline)
{
	for (uint32_t i = 0; i < r->in; i++)
		memcpy(channel(r, r->in_at, i), c->in[i], c->n * sizeof(float));
	r->frame = frame;
	r->n = c->n;
	r->flags = flags;
	r->in_time = c->in_time;
	r->out_time = c->out_time;
	r->deadline = deadline;
	r->posted_at = memkit_now();
	__atomic_store_n(&r->posted, seq, __ATOMIC_RELEASE);
	syscall(SYS_futex, &r->posted, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Copies the block's output out, keeps it as the last good one, and returns
 * MEMKIT_RAISED when it has faded it in. */
static uint32_t collect(struct memkit_handoff *r, const struct memkit_cycle *c)
{
	const uint32_t raise = r->silenced;
	for (uint32_t i = 0; i < r->out; i++) {
		const float *from = channel(r, r->out_at, i);
		memcpy(channel(r, r->last_at, i), from, c->n * sizeof(float));
		memcpy(c->out[i], from, c->n * sizeof(float));
		for (uint32_t k = 0; raise && k < c->n; k++)
			c->out[i][k] *= (float)(k + 1) / (float)c->n;
	}
	r->last_n = c->n;
	r->silenced = 0;
	return raise ? MEMKIT_RAISED : 0;
}

/* Plays what on_miss says, from memory that only the driver uses. */
static void substitute(struct memkit_handoff *r, const struct memkit_cycle *c)
{
	const int repeat = r->last_n != 0 && r->on_miss != MEMKIT_SILENCE && !r->silenced;
	for (uint32_t i = 0; i < r->out; i++) {
		if (!repeat) {
			memset(c->out[i], 0, c->n * sizeof(float));
			continue;
		}
		const float *last = channel(r, r->last_at, i);
		for (uint32_t k = 0; k < c->n; k++) {
			c->out[i][k] = last[k % r->last_n];
			if (r->on_miss == MEMKIT_FADE)
				c->out[i][k] *= (float)(c->n - 1 - k) / (float)c->n;
		}
	}
	if (r->on_miss == MEMKIT_FADE)
		r->silenced = 1;
}

/* Counters have one writer, and readers in other threads. */
static void count(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

static void log_cycle(struct memkit_handoff *r, const struct memkit_cycle *c, uint32_t seq, uint32_t flags, int64_t frame)
{
	const int64_t end = memkit_now();
	if (end - c->begin > r->period) {
		flags |= MEMKIT_LATE;
		count(&r->late);
	}
	if (flags & MEMKIT_MISSED)
		count(&r->misses);
	if (flags & MEMKIT_XRUN_IN)
		count(&r->xruns_in);
	if (flags & MEMKIT_XRUN_OUT)
		count(&r->xruns_out);
	count(&r->cycles);
	if (r->head - __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE) == r->records) {
		count(&r->unrecorded);
		return;
	}
	struct memkit_record *to = (struct memkit_record *)((char *)r + r->records_at) + r->head % r->records;
	*to = (struct memkit_record){
		.sequence = seq, .flags = flags, .begin = c->begin, .entry = c->entry, .end = end, .frame = frame, .n = c->n,
		.number = c->number,
	};
	__atomic_store_n(&r->head, r->head + 1, __ATOMIC_RELEASE);
}

int memkit_exchange(struct memkit_handoff *r, const struct memkit_cycle *c)
{
	const int64_t deadline = c->begin + r->budget, frame = r->next;
	uint32_t seq = r->posted, flags = c->flags;
	int missed = 1;
	r->next += c->n;
	if (c->n <= r->max_frames && await(r, seq, deadline)) {
		seq++;
		if (r->gap)
			flags |= MEMKIT_GAP;
		post(r, c, seq, flags, frame, deadline);
		missed = !await(r, seq, deadline);
	}
	if (missed) {
		r->gap = MEMKIT_GAP;
		flags |= MEMKIT_MISSED;
		substitute(r, c);
	} else {
		r->gap = 0;
		flags |= collect(r, c);
	}
	log_cycle(r, c, seq, flags, frame);
	return missed;
}
