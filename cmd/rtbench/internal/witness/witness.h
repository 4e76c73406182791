#ifndef MEMKIT_WITNESS_H
#define MEMKIT_WITNESS_H

#include "../../../../rt/audio/internal/pahook/age.h"
#include "voice.h"

#include <stdint.h>
#include <jack/jack.h>

enum { WITNESS_CHANNELS = 2 };

// One cycle as a client saw it. Times are ns of CLOCK_MONOTONIC; frame is the
// server's number of the cycle's first frame.
typedef struct {
	int64_t begin, entry, end;
	int64_t work; // ns in the synth
	uint32_t frame, n;
} witness_cycle;

// Written by the client's thread alone; the count is published last.
typedef struct {
	witness_cycle *cycles;
	uint64_t capacity;
	uint64_t count, overflow; // atomic
} witness_log;

typedef struct {
	jack_client_t *control, *capture;
	jack_port_t *out[WITNESS_CHANNELS], *in[WITNESS_CHANNELS];
	witness_log control_log, capture_log;
	struct witness_dating {
		struct memkit_age age;
		uint64_t xruns; // seen so far
	} control_dating, capture_dating;
	voice voice; // control's alone
	float *samples;            // captured, interleaved
	uint64_t sample_capacity;  // in frames
	uint64_t sample_count;
	uint64_t xruns;      // atomic, as what follows
	int recording, gone;
	uint64_t mapped_cycles, mapped_samples;  // bytes
} witness;

// witness_open makes both clients on the named server and starts them; status
// gets JACK's reason when it returns NULL.
witness *witness_open(const char *server, const voice *v, uint64_t cycles, uint64_t frames, jack_status_t *status);
// witness_attach connects the capture client to the first two output ports that
// belong neither to the server nor to these clients; 0 when both are connected,
// else an errno, ENOENT where there are none.
int witness_attach(witness *w);
void witness_record(witness *w, int on);
int witness_gone(witness *w);
uint64_t witness_xruns(witness *w);
uint64_t witness_overflow(witness *w);
uint64_t witness_count(witness_log *l);
void witness_close(witness *w);

#endif
