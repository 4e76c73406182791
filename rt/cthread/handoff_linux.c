#define _GNU_SOURCE
#include "handoff_linux.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void futex_wait(uint32_t *word, uint32_t seen) {
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(uint32_t *word) {
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* take gives the calling thread its CPU and its policy, which its children do
 * not inherit. */
static void take(struct memkit_handoff *h) {
	if (h->cpu >= 0) {
		cpu_set_t cpus;
		CPU_ZERO(&cpus);
		CPU_SET(h->cpu, &cpus);
		if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) {
			h->failed = MEMKIT_AFFINITY;
			h->error = errno;
			return;
		}
	}
	struct sched_param p = {.sched_priority = h->priority};
	int policy = h->priority > 0 ? SCHED_FIFO : SCHED_OTHER;
	if (sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &p) != 0) {
		h->failed = MEMKIT_POLICY;
		h->error = errno;
	}
}

/* touch keeps the first calls from faulting on the thread's stack. */
static void __attribute__((noinline)) touch(void) {
	volatile char frame[64 << 10];
	for (size_t i = 0; i < sizeof frame; i += 512)
		frame[i] = 0;
}

static void *serve(void *shared) {
	struct memkit_handoff *h = shared;
	take(h);
	touch();
	int failed = h->failed;
	__atomic_store_n(&h->started, 1, __ATOMIC_RELEASE);
	futex_wake(&h->started);
	uint32_t seen = 0;
	while (!failed) {
		uint32_t request = __atomic_load_n(&h->request, __ATOMIC_ACQUIRE);
		if (request == seen) {
			futex_wait(&h->request, seen);
			continue;
		}
		seen = request;
		if (h->function == 0)
			break;
		((void (*)(void *))h->function)((void *)h->argument);
		__atomic_store_n(&h->done, seen, __ATOMIC_RELEASE);
		futex_wake(&h->done);
	}
	return NULL;
}

struct memkit_handoff *memkit_cthread_start(int cpu, int priority) {
	struct memkit_handoff *h = aligned_alloc(64, sizeof *h);
	if (h == NULL)
		return NULL;
	memset(h, 0, sizeof *h);
	h->cpu = cpu;
	h->priority = priority;

	/* Signals are Go's business: the thread is born with all of them blocked. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&h->thread, NULL, serve, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0) {
		h->failed = MEMKIT_THREAD;
		h->error = error;
		return h;
	}
	while (__atomic_load_n(&h->started, __ATOMIC_ACQUIRE) == 0)
		futex_wait(&h->started, 0);
	return h;
}

void memkit_cthread_join(struct memkit_handoff *h) {
	if (h->failed != MEMKIT_THREAD)
		pthread_join(h->thread, NULL);
	free(h);
}
