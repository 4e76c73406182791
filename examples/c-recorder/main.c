/*
 * A periodic loop in C that records its wake latencies in a run file of memkit. It is
 * also C++.
 *
 *     cc -O2 -I include -o c-recorder examples/c-recorder/main.c
 *     rtbench run --recorded --period 1ms -- ./c-recorder 5000
 */
#ifndef _GNU_SOURCE /* which g++ defines */
#define _GNU_SOURCE
#endif
#include "memkit_record.h"

#include <signal.h>
#include <time.h>

static volatile sig_atomic_t stopped;

static void stop(int signal) {
    (void)signal;
    stopped = 1;
}

int main(int argc, char **argv) {
    const int64_t period = 1000000;
    long n = argc > 1 ? atol(argv[1]) : 5000;
    const char *path = argc > 2 ? argv[2] : NULL; /* NULL: what MEMKIT_RECORD names */

    mk_record r;
    if (mk_record_open(&r, path, "c-recorder", (uint64_t)period, (uint64_t)n) != 0) {
        perror("mk_record_open");
        return 1;
    }
    signal(SIGINT, stop); /* rtbench run --duration ends it so */

    struct timespec next, now;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (long i = 0; i < n && !stopped; i++) {
        next.tv_nsec += period;
        if (next.tv_nsec >= 1000000000) {
            next.tv_nsec -= 1000000000;
            next.tv_sec++;
        }
        if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) != 0)
            continue;
        clock_gettime(CLOCK_MONOTONIC, &now);
        mk_record_sample(&r, (int64_t)(now.tv_sec - next.tv_sec) * 1000000000 + (now.tv_nsec - next.tv_nsec));
    }
    if (mk_record_close(&r) != 0) {
        perror("mk_record_close");
        return 1;
    }
    return 0;
}
