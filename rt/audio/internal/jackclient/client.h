/* A client of a JACK server whose process callback exchanges blocks with Go. */
#ifndef MEMKIT_JACK_CLIENT_H
#define MEMKIT_JACK_CLIENT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "../cdriver/age.h"
#include "../cdriver/exchange.h"

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

enum { MEMKIT_JACK_CHANNELS = 64, MEMKIT_JACK_NAME = 320, MEMKIT_JACK_FRAMES = 8192 };
enum { MEMKIT_JACK_HANDOFF = 0, MEMKIT_JACK_DIRECT = 1 };

struct memkit_jack {
	void *client;
	int mode;
	uint32_t in, out;
	void *in_ports[MEMKIT_JACK_CHANNELS], *out_ports[MEMKIT_JACK_CHANNELS];
	struct memkit_handoff *region;
	uintptr_t direct; /* handle of the Go function */
	int cpu;          /* that the callback's thread moves to, or -1 */
	/* MEMKIT_JACK_FRAMES for each input and output, or NULL. PipeWire (0.3.65) unmaps the
	 * server's buffers when its rate changes, also under a client whose callback waits.
	 * So its clients work on memory of their own and leave the copying to the kernel,
	 * which survives a buffer that is not there. */
	float *copies;
	pid_t pid;

	/* the callback's */
	struct memkit_age age;
	uint32_t seen_xruns;
	int thread;       /* what has moved, or 0 */
	cpu_set_t before; /* where it could run until then */
	const float *in_buffers[MEMKIT_JACK_CHANNELS];
	float *out_buffers[MEMKIT_JACK_CHANNELS];

	/* atomic */
	int closing, inside, gone;
	uint32_t xruns;
	uint32_t frames, rate; /* of the server */
	uint32_t accepted;     /* rate that the engine is prepared for */
	int64_t in_latency, out_latency; /* frames */
};

/* Finds libjack; returns 0 where there is none. */
int memkit_jack_load(void);
/* Opens a client and returns NULL where no server answers. An empty
 * server is the default one. */
struct memkit_jack *memkit_jack_open(const char *server, const char *name);
/* Makes the ports; returns 0 when all are there. */
int memkit_jack_register(struct memkit_jack *j, uint32_t in, uint32_t out);
void memkit_jack_close(struct memkit_jack *j);
int memkit_jack_priority(struct memkit_jack *j);

/* Starts the callbacks and connects the ports to those that are named, one name a
 * channel, "" for none; returns 0 when all are connected. */
int memkit_jack_start(struct memkit_jack *j, const char *const *sources, const char *const *sinks);
int memkit_jack_stop(struct memkit_jack *j);

/* Lets the callback through to the engine; memkit_jack_shut keeps it out and returns 0
 * once it is outside, or -1 when it has not left within the time. */
void memkit_jack_admit(struct memkit_jack *j);
int memkit_jack_shut(struct memkit_jack *j, int64_t wait_ns);
/* Lets a callback's thread that has moved run where it could before. */
void memkit_jack_move_back(struct memkit_jack *j);

int memkit_jack_gone(struct memkit_jack *j);
uint32_t memkit_jack_frames(struct memkit_jack *j);
uint32_t memkit_jack_rate(struct memkit_jack *j);
/* Says that the engine is prepared for a rate. */
void memkit_jack_accept(struct memkit_jack *j, uint32_t rate);

/* The server's physical ports in one direction, NULL-terminated, to be freed with
 * memkit_jack_free. */
const char **memkit_jack_ports(struct memkit_jack *j, int playback);
void memkit_jack_free(const char **ports);
/* The latency of a port in frames, the longest: of its playback or its capture. */
uint32_t memkit_jack_latency(struct memkit_jack *j, const char *port, int playback);

#endif
