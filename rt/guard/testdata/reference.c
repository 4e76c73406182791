// A thread of a priority above the controller on each CPU, which sleeps to absolute
// times one millisecond apart and prints when the machine let it wake late by more than
// argv[1] nanoseconds: "from to" on CLOCK_MONOTONIC. It ends with its standard input.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t limit;

static int64_t ns(struct timespec t) { return t.tv_sec * 1000000000LL + t.tv_nsec; }

static void *look(void *arg) {
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((intptr_t)arg, &set);
	struct sched_param p = {.sched_priority = 81};
	if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) || pthread_setschedparam(pthread_self(), SCHED_FIFO, &p)) {
		puts("refused");
		fflush(stdout);
		return NULL;
	}
	struct timespec due, now;
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (;;) {
		due.tv_nsec += 1000000;
		if (due.tv_nsec >= 1000000000) {
			due.tv_nsec -= 1000000000;
			due.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (ns(now) - ns(due) > limit) {
			printf("%lld %lld\n", (long long)ns(due), (long long)ns(now));
			fflush(stdout);
			due = now;
		}
	}
}

int main(int argc, char **argv) {
	limit = atoll(argv[1]);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	for (intptr_t i = 0; i < sysconf(_SC_NPROCESSORS_ONLN); i++) {
		pthread_t t;
		pthread_create(&t, NULL, look, (void *)i);
	}
	puts("ready");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
