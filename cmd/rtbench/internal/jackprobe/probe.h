#ifndef MEMKIT_PROBE_H
#define MEMKIT_PROBE_H

#include "../../../../rt/audio/internal/cdriver/age.h"
#include "voice.h"

#include <stdint.h>
#include <jack/jack.h>

enum { PROBE_CHANNELS = 2 };

// One cycle as a client saw it. Times are ns of CLOCK_MONOTONIC; frame is the
// server's number of the cycle's first frame.
typedef struct {
	int64_t begin, entry, end;
	int64_t work; // ns in the synth
	uint32_t frame, n;
} probe_cycle;

// Written by the client's thread alone; the count is published last.
typedef struct {
	probe_cycle *cycles;
	uint64_t capacity;
	uint64_t count, overflow; // atomic
} probe_log;

struct probe_dating {
	struct memkit_age age;
	uint64_t xruns; // seen so far
};

struct probe;

// A client that keeps what it hears through its ports, interleaved.
typedef struct {
	struct probe *owner;
	jack_client_t *client;
	jack_port_t *in[PROBE_CHANNELS];
	uint32_t channels;
	probe_log log;
	struct probe_dating dating;
	float *samples;
	uint64_t capacity, count; // in frames
	uint64_t mapped;          // bytes
} probe_recorder;

typedef struct probe {
	jack_client_t *control;
	jack_port_t *out[PROBE_CHANNELS];
	probe_log control_log;
	struct probe_dating control_dating;
	voice voice; // control's alone
	// capture hears the player and reference control's left channel. They are clients
	// of their own, because a client waits for all that it hears.
	probe_recorder capture, reference;
	uint64_t xruns; // atomic, as the next ones
	int recording, gone;
	uint64_t mapped_cycles; // bytes
} probe;

// probe_open makes the clients on the named server and starts them; status
// gets JACK's reason when it returns NULL.
probe *probe_open(const char *server, const voice *v, uint64_t cycles, uint64_t frames, jack_status_t *status);
// probe_attach connects the capture client to the first two output ports that
// belong neither to the server nor to these clients; 0 when both are connected,
// else an errno, ENOENT where there are none.
int probe_attach(probe *w);
void probe_record(probe *w, int on);
int probe_gone(probe *w);
uint64_t probe_xruns(probe *w);
uint64_t probe_overflow(probe *w);
uint64_t probe_count(probe_log *l);
void probe_close(probe *w);

#endif
