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

typedef struct {
	jack_client_t *control, *capture;
	jack_port_t *out[PROBE_CHANNELS], *in[PROBE_CHANNELS];
	probe_log control_log, capture_log;
	struct probe_dating {
		struct memkit_age age;
		uint64_t xruns; // seen so far
	} control_dating, capture_dating;
	voice voice; // control's alone
	float *samples;            // captured, interleaved
	float *reference;          // what capture heard of control, its left channel
	jack_port_t *heard;        // through this port
	uint64_t sample_capacity;  // in frames
	uint64_t sample_count;
	uint64_t xruns;      // atomic, as what follows
	int recording, gone;
	uint64_t mapped_cycles, mapped_samples;  // bytes
} probe;

// probe_open makes both clients on the named server and starts them; status
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
