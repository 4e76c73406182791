#define _GNU_SOURCE
#include "work_linux.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* memkit_add counts a call and keeps its CPU for the time asked, or until it is released. */
void memkit_add(void *p) {
	struct memkit_work *w = p;
	for (int64_t end = now() + w->spend_ns; now() < end;)
		if (__atomic_load_n(&w->released, __ATOMIC_ACQUIRE) != 0)
			break;
	w->thread = syscall(SYS_gettid);
	w->done++;
}

/* memkit_wait counts a call once it is told to go on. */
void memkit_wait(void *p) {
	struct memkit_work *w = p;
	struct timespec nap = {.tv_nsec = 100000};
	while (__atomic_load_n(&w->released, __ATOMIC_ACQUIRE) == 0)
		nanosleep(&nap, NULL);
	w->done++;
}
