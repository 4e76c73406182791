/* The callback that PortAudio calls instead of the Go package's own. */
#ifndef MEMKIT_CALLBACK_H
#define MEMKIT_CALLBACK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "../cdriver/age.h"
#include "../cdriver/exchange.h"

#include <portaudio.h>
#include <sched.h>

enum { MEMKIT_SLOTS = 8 };
enum { MEMKIT_HANDOFF_MODE = 0, MEMKIT_DIRECT_MODE = 1 };

/* One stream's side of the callback. What is not said to be the callback's or atomic
 * is set while none runs. */
struct memkit_callback {
	int slot, mode;
	uint32_t in, out;
	struct memkit_handoff *region;
	void *clock; /* a JACK client, or NULL */
	int cpu;     /* that the callback's thread moves to, or -1 */

	struct memkit_age age; /* the callback's */
	int thread;            /* the callback's: what has moved, or 0 */
	cpu_set_t before;      /* where it could run until then */

	int closing, inside, gone; /* atomic */
};

extern struct memkit_callback memkit_callbacks[MEMKIT_SLOTS];

/* The callback of a slot, and the Go package's variable that it is put into while
 * a stream is opened. */
void memkit_install(int slot);
void memkit_uninstall(void);

/* Lets the callback of a slot in; memkit_shut keeps it out and returns 0 once it
 * is outside, or -1 when it has not left within the time. */
void memkit_admit(int slot);
int memkit_shut(int slot, int64_t wait_ns);
/* Whether the sound server that the slot's clock belongs to has ended. */
int memkit_gone(int slot);

/* Lets a callback's thread that has moved run where it could before. */
void memkit_move_back(int slot);

/* What libjack knows, through a client of our own that does nothing else. NULL
 * where PortAudio came without JACK or no server runs. */
void *memkit_clock_open(int slot, const char *name);
void memkit_clock_close(void *clock);
int memkit_clock_frames(void *clock);
int memkit_clock_priority(void *clock);

void memkit_nap(int64_t ns);

/* Names the client that PortAudio makes for JACK; name must stay. */
void memkit_client_name(const char *name);
/* Keeps libjack from finding a server, until shown; not for concurrent use. */
void memkit_hide_jack(void);
void memkit_show_jack(void);
/* Keeps ALSA and JACK from printing while devices are listed, until unhushed. JACK
 * stays with the handler that PortAudio has given it, where it has. */
void memkit_hush(void);
void memkit_unhush(int has_jack);

#endif
