// The bus loop in C: one command and one answer a period, as rt/bus.Exchange does it.

#ifndef MEMKIT_BUSLOOP_H
#define MEMKIT_BUSLOOP_H

#include <stdint.h>

// How the frames of 8 bytes travel.
enum { MK_BUS_DATAGRAM, MK_BUS_LINE, MK_BUS_MEMORY };

typedef struct {
	int kind, fd;     // fd of the loop's end; none for memory
	int cpu, priority;
	int echo_cpu;     // of memory's echo
	int64_t start_ns, period_ns, samples;
	int64_t warm;     // activations that are not counted
} mk_bus_config;

typedef struct {
	int64_t *response, *due; // of each activation: its end after due
	int64_t samples, answered, late, sent;
} mk_bus_report;

// mk_bus_run runs the loop on a thread of its own, to its end; 0 or an errno.
int mk_bus_run(mk_bus_config config, mk_bus_report *report);
void mk_bus_free(mk_bus_report *report);

// mk_bus_echo starts a thread that sends back what arrives at fd, until it is closed
// for reading; 0 or an errno.
typedef struct mk_bus_device mk_bus_device;
int mk_bus_echo(int kind, int fd, int cpu, int priority, mk_bus_device **device);
void mk_bus_stop(mk_bus_device *device);

// mk_pid_batches fills samples with the time in ns that each batch of updates took.
void mk_pid_batches(int64_t *samples, int64_t n, int64_t updates);

#endif
