//go:build cgo && linux

#define _GNU_SOURCE
#include "thread.h"

#include <sched.h>
#include <signal.h>

int mk_start_thread(pthread_t *thread, int cpu, int priority, void *(*f)(void *), void *arg) {
	pthread_attr_t attr;
	int err = pthread_attr_init(&attr);
	if (err != 0) {
		return err;
	}
	struct sched_param param = {.sched_priority = priority};
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	pthread_attr_setaffinity_np(&attr, sizeof cpus, &cpus);

	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	err = pthread_create(thread, &attr, f, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return err;
}
