//go:build cgo && linux

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
	r->begin = c->begin;
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
static void substitute(struct memkit_handoff *r, const struct memkit_cycle *c, uint32_t gate)
{
	const uint32_t on_miss = gate == MEMKIT_PAUSED ? MEMKIT_FADE : r->on_miss;
	const int repeat = r->last_n != 0 && on_miss != MEMKIT_SILENCE && !r->silenced;
	for (uint32_t i = 0; i < r->out; i++) {
		if (!repeat) {
			memset(c->out[i], 0, c->n * sizeof(float));
			continue;
		}
		const float *last = channel(r, r->last_at, i);
		for (uint32_t k = 0; k < c->n; k++) {
			c->out[i][k] = last[k % r->last_n];
			if (on_miss == MEMKIT_FADE)
				c->out[i][k] *= (float)(c->n - 1 - k) / (float)c->n;
		}
	}
	if (on_miss == MEMKIT_FADE)
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
	if (end - c->begin > (c->period ? c->period : r->period)) {
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

/* Waits until the block is the driver's: that of an earlier cycle may still be in
 * work. A worker that was away for long is not waited for. */
static int is_free(struct memkit_handoff *r, uint32_t seq, int64_t deadline)
{
	if (r->row >= MEMKIT_AWAY)
		return __atomic_load_n(&r->done, __ATOMIC_ACQUIRE) == seq;
	return await(r, seq, deadline);
}

static int64_t deadline_of(const struct memkit_handoff *r, const struct memkit_cycle *c)
{
	int64_t budget = r->budget, least = r->least;
	if (c->period != 0 && c->period != r->period) {
		budget = budget * c->period / r->period;
		least = least * c->period / r->period;
	}
	budget += c->begin;
	least += c->entry;
	return budget > least ? budget : least;
}

/* MEMKIT_CHANGED when the block about to be posted has another size than the last
 * one, or another rate. */
static uint32_t changed(struct memkit_handoff *r, const struct memkit_cycle *c)
{
	const uint32_t n = __atomic_load_n(&r->reformat, __ATOMIC_ACQUIRE);
	const int other = (r->posted_n != 0 && r->posted_n != c->n) || n != r->seen_reformat;
	r->posted_n = c->n;
	r->seen_reformat = n;
	return other ? MEMKIT_CHANGED : 0;
}

int memkit_exchange(struct memkit_handoff *r, const struct memkit_cycle *c)
{
	const int64_t deadline = deadline_of(r, c), frame = r->next;
	const uint32_t gate = __atomic_load_n(&r->gate, __ATOMIC_ACQUIRE);
	uint32_t seq = r->posted, flags = c->flags;
	int missed = 1;
	r->next += c->n;
	if (gate == MEMKIT_OPEN && c->n <= r->max_frames && is_free(r, seq, deadline)) {
		seq++;
		flags |= changed(r, c);
		if (r->gap)
			flags |= MEMKIT_GAP;
		post(r, c, seq, flags, frame, deadline);
		missed = !await(r, seq, deadline);
	}
	if (missed) {
		r->gap = MEMKIT_GAP;
		r->row++;
		flags |= MEMKIT_MISSED;
		substitute(r, c, gate);
	} else {
		r->gap = r->row = 0;
		flags |= collect(r, c);
	}
	log_cycle(r, c, seq, flags, frame);
	return missed;
}
