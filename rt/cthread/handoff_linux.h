#ifndef MEMKIT_CTHREAD_HANDOFF_H
#define MEMKIT_CTHREAD_HANDOFF_H

#include <pthread.h>
#include <stdint.h>

/* memkit_handoff is what the calling thread and the C thread share. Each side
 * writes lines of its own. */
struct memkit_handoff {
	/* Written by the caller: the call's number, last, and what to call. A null
	 * function ends the thread. */
	_Alignas(64) uint32_t request;
	uintptr_t function; /* as numbers: Go stores pointers by way of its collector */
	uintptr_t argument;

	/* Written by the C thread: the number of the last call that returned. */
	_Alignas(64) uint32_t done;

	/* Written once, before memkit_cthread_start returns. */
	_Alignas(64) uint32_t started;
	int failed; /* a memkit_failure */
	int error;  /* its errno */
	int cpu, priority;
	pthread_t thread;
};

enum memkit_failure { MEMKIT_OK, MEMKIT_THREAD, MEMKIT_AFFINITY, MEMKIT_POLICY };

/* memkit_cthread_start starts a thread on cpu (negative: the caller's CPUs) under
 * SCHED_FIFO at priority (0: SCHED_OTHER). It returns null without memory, and a
 * hand-off whose failed is set where the thread could not be had. */
struct memkit_handoff *memkit_cthread_start(int cpu, int priority);

/* memkit_cthread_join waits for the thread's end and frees h. */
void memkit_cthread_join(struct memkit_handoff *h);

#endif
