// How every real-time thread in C starts.

#ifndef MEMKIT_THREAD_H
#define MEMKIT_THREAD_H

#include <pthread.h>

// mk_start_thread starts a thread with SCHED_FIFO and its CPU set before its first
// instruction, and with every signal blocked, so that the Go runtime's signals go to
// threads that know Go. It returns 0 or an errno.
int mk_start_thread(pthread_t *thread, int cpu, int priority, void *(*f)(void *), void *arg);

#endif
