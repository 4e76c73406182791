//go:build portaudio && cgo && linux && !portaudio_go

#define _GNU_SOURCE
#include "callback.h"
#include "_cgo_export.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The variable of github.com/gordonklaus/portaudio from which OpenStream takes the
 * callback. pin_test.go guards the version in which it does. */
extern PaStreamCallback *paStreamCallback;

struct memkit_callback memkit_callbacks[MEMKIT_SLOTS];

/* libjack is in the process where PortAudio was built with it; asking for its
 * functions by name leaves PortAudio without JACK usable. */
static struct {
	void *(*client_open)(const char *, int, int *, ...);
	int (*client_close)(void *);
	int (*cycle_times)(const void *, uint32_t *, uint64_t *, uint64_t *, float *);
	uint64_t (*time)(void);
	uint32_t (*buffer_size)(void *);
	int (*priority)(void *);
	void (*on_shutdown)(void *, void (*)(void *), void *);
} jack;

static int find_jack(void)
{
	jack.client_open = dlsym(RTLD_DEFAULT, "jack_client_open");
	jack.client_close = dlsym(RTLD_DEFAULT, "jack_client_close");
	jack.cycle_times = dlsym(RTLD_DEFAULT, "jack_get_cycle_times");
	jack.time = dlsym(RTLD_DEFAULT, "jack_get_time");
	jack.buffer_size = dlsym(RTLD_DEFAULT, "jack_get_buffer_size");
	jack.priority = dlsym(RTLD_DEFAULT, "jack_client_real_time_priority");
	jack.on_shutdown = dlsym(RTLD_DEFAULT, "jack_on_shutdown");
	return jack.client_open && jack.client_close && jack.cycle_times && jack.time && jack.buffer_size && jack.priority && jack.on_shutdown;
}

/* JACK tells every client of the server's end, PipeWire's libjack (0.3.65) only those
 * that are active. */
static void activate_for_pipewire(void *client)
{
	const char *(*version)(void) = dlsym(RTLD_DEFAULT, "jack_get_version_string");
	int (*activate)(void *) = dlsym(RTLD_DEFAULT, "jack_activate");
	if (version != NULL && activate != NULL && strstr(version(), "PipeWire") != NULL)
		activate(client);
}

static void server_gone(void *gone) { __atomic_store_n((int *)gone, 1, __ATOMIC_RELEASE); }

void *memkit_clock_open(int slot, const char *name)
{
	enum { no_start_server = 1 };
	int status = 0;
	if (!find_jack())
		return NULL;
	void *client = jack.client_open(name, no_start_server, &status);
	if (client != NULL) {
		jack.on_shutdown(client, server_gone, &memkit_callbacks[slot].gone);
		activate_for_pipewire(client);
	}
	return client;
}

void memkit_clock_close(void *clock)
{
	if (clock != NULL)
		jack.client_close(clock);
}

int memkit_clock_frames(void *clock) { return (int)jack.buffer_size(clock); }
int memkit_clock_priority(void *clock) { return jack.priority(clock); }

/* Sets the cycle's beginning and number: entry and 0 where the device does not say.
 * JACK's clock is not ours (1.9.21 counts unslewed µs), so the cycle's age is taken
 * from it and not its time. */
static void date(struct memkit_callback *k, struct memkit_cycle *c)
{
	uint64_t current, next;
	float period;
	c->begin = c->entry;
	if (k->clock == NULL || jack.cycle_times(k->clock, &c->number, &current, &next, &period) != 0)
		return;
	c->begin -= memkit_age(&k->age, (int64_t)(jack.time() - current) * 1000, (int64_t)(period * 1000), c->flags != 0);
}

static uint32_t flags_of(PaStreamCallbackFlags f)
{
	uint32_t flags = 0;
	if (f & (paInputUnderflow | paInputOverflow))
		flags |= MEMKIT_XRUN_IN;
	if (f & (paOutputUnderflow | paOutputOverflow))
		flags |= MEMKIT_XRUN_OUT;
	if (f & paPrimingOutput)
		flags |= MEMKIT_PRIMING;
	return flags;
}

static void silence(const struct memkit_callback *k, float *const *out, unsigned long n)
{
	for (uint32_t c = 0; c < k->out; c++)
		memset(out[c], 0, n * sizeof(float));
}

/* Moves the calling thread to the CPU of the thread that it hands over to. A wake-up
 * on another CPU waits for that one, which a virtual machine may not be running. */
static void move(struct memkit_callback *k)
{
	cpu_set_t to;
	if (sched_getaffinity(0, sizeof k->before, &k->before) != 0)
		return;
	CPU_ZERO(&to);
	CPU_SET(k->cpu, &to);
	if (sched_setaffinity(0, sizeof to, &to) == 0)
		k->thread = gettid();
}

void memkit_move_back(int slot)
{
	struct memkit_callback *k = &memkit_callbacks[slot];
	if (k->thread != 0)
		sched_setaffinity(k->thread, sizeof k->before, &k->before);
	k->thread = 0;
}

/* paContinue always: whether a stream goes on is decided by Stop. */
static int cycle(struct memkit_callback *k, const void *in, void *out, unsigned long n, const PaStreamCallbackTimeInfo *t, PaStreamCallbackFlags f)
{
	const int64_t entry = memkit_now();
	__atomic_store_n(&k->inside, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&k->closing, __ATOMIC_SEQ_CST)) {
		silence(k, out, n);
		__atomic_store_n(&k->inside, 0, __ATOMIC_SEQ_CST);
		return paContinue;
	}
	struct memkit_cycle c = {
		.in = in, .out = out, .n = (uint32_t)n, .flags = flags_of(f), .entry = entry,
	};
	date(k, &c);
	if (k->cpu >= 0 && k->thread == 0)
		move(k);
	c.in_time = c.begin + (int64_t)((t->inputBufferAdcTime - t->currentTime) * 1e9);
	c.out_time = c.begin + (int64_t)((t->outputBufferDacTime - t->currentTime) * 1e9);
	if (k->mode == MEMKIT_HANDOFF_MODE)
		memkit_exchange(k->region, &c);
	else
		memkitDirect(k->slot, &c);
	__atomic_store_n(&k->inside, 0, __ATOMIC_SEQ_CST);
	return paContinue;
}

/* A callback for each slot: the pointer that PortAudio hands back belongs to the Go
 * package. */
#define CALLBACK(i) \
	static int callback##i(const void *in, void *out, unsigned long n, const PaStreamCallbackTimeInfo *t, PaStreamCallbackFlags f, void *user) \
	{ \
		(void)user; \
		return cycle(&memkit_callbacks[i], in, out, n, t, f); \
	}
CALLBACK(0) CALLBACK(1) CALLBACK(2) CALLBACK(3) CALLBACK(4) CALLBACK(5) CALLBACK(6) CALLBACK(7)

static PaStreamCallback *const callbacks[MEMKIT_SLOTS] = {
	callback0, callback1, callback2, callback3, callback4, callback5, callback6, callback7,
};

static PaStreamCallback *original;

void memkit_install(int slot)
{
	original = paStreamCallback;
	paStreamCallback = callbacks[slot];
}

void memkit_uninstall(void) { paStreamCallback = original; }

void memkit_admit(int slot) { __atomic_store_n(&memkit_callbacks[slot].closing, 0, __ATOMIC_SEQ_CST); }

int memkit_shut(int slot, int64_t wait_ns)
{
	struct memkit_callback *k = &memkit_callbacks[slot];
	const struct timespec nap = { .tv_nsec = 100000 };
	const int64_t until = memkit_now() + wait_ns;
	__atomic_store_n(&k->closing, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&k->inside, __ATOMIC_SEQ_CST)) {
		if (memkit_now() >= until)
			return -1;
		nanosleep(&nap, NULL);
	}
	return 0;
}

void memkit_nap(int64_t ns)
{
	const struct timespec t = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
	nanosleep(&t, NULL);
}

int memkit_gone(int slot) { return __atomic_load_n(&memkit_callbacks[slot].gone, __ATOMIC_ACQUIRE); }

void memkit_client_name(const char *name)
{
	PaError (*set)(const char *) = dlsym(RTLD_DEFAULT, "PaJack_SetClientName");
	if (set != NULL)
		set(name);
}

static void hushed_alsa(const char *file, int line, const char *function, int err, const char *format, ...)
{
	(void)file, (void)line, (void)function, (void)err, (void)format;
}

static void hushed_jack(const char *text) { (void)text; }

static void (*alsa_handler)(void (*)(const char *, int, const char *, int, const char *, ...));
static void (*jack_error)(void (*)(const char *)), (*jack_info)(void (*)(const char *));

void memkit_hush(void)
{
	alsa_handler = dlsym(RTLD_DEFAULT, "snd_lib_error_set_handler");
	jack_error = dlsym(RTLD_DEFAULT, "jack_set_error_function");
	jack_info = dlsym(RTLD_DEFAULT, "jack_set_info_function");
	if (alsa_handler != NULL)
		alsa_handler(hushed_alsa);
	if (jack_error != NULL)
		jack_error(hushed_jack);
	if (jack_info != NULL)
		jack_info(hushed_jack);
}

void memkit_unhush(int has_jack)
{
	if (alsa_handler != NULL)
		alsa_handler(NULL);
	if (jack_error != NULL && !has_jack)
		jack_error(NULL);
	if (jack_info != NULL)
		jack_info(NULL);
}

/* libjack takes the server's name from the environment when a client is opened, and
 * PipeWire's looks for a variable that forbids clients. */
static const char server_variable[] = "JACK_DEFAULT_SERVER", forbidden[] = "PIPEWIRE_NOJACK";
static char *server_before;

void memkit_hide_jack(void)
{
	const char *before = getenv(server_variable);
	server_before = before != NULL ? strdup(before) : NULL;
	setenv(server_variable, "memkit-no-server", 1);
	setenv(forbidden, "1", 1);
}

void memkit_show_jack(void)
{
	if (server_before != NULL)
		setenv(server_variable, server_before, 1);
	else
		unsetenv(server_variable);
	free(server_before);
	unsetenv(forbidden);
}
