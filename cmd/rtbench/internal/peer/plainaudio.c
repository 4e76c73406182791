//go:build portaudio && cgo && linux

#define _GNU_SOURCE
#include "plainaudio.h"

#include "../../../../rt/audio/internal/cdriver/age.h"

#include <jack/jack.h>
#include <portaudio.h>
#include <sys/mman.h>
#include <time.h>

extern PaStreamCallback *paStreamCallback; // the Go package's

static PaStreamCallback *inner;
static jack_client_t *server_clock;
static plain_cycle *cycles;
static uint64_t capacity, count;
static struct memkit_age age;

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int watched(const void *in, void *out, unsigned long n, const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *user)
{
	plain_cycle c = { .entry = now(), .n = (uint32_t)n, .flags = (uint32_t)flags };
	jack_time_t current, next;
	float period;
	if (jack_get_cycle_times(server_clock, &c.number, &current, &next, &period) == 0)
		c.begin = c.entry - memkit_age(&age, (int64_t)(jack_get_time() - current) * 1000, (int64_t)(period * 1000), flags != 0);
	int result = inner(in, out, n, time, flags, user);
	c.end = now();
	if (count < capacity) {
		cycles[count] = c;
		__atomic_store_n(&count, count + 1, __ATOMIC_RELEASE);
	}
	return result;
}

int plain_watch(uint64_t n)
{
	server_clock = jack_client_open("plain-clock", JackNoStartServer, NULL);
	cycles = mmap(NULL, n * sizeof *cycles, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (server_clock == NULL || cycles == MAP_FAILED)
		return -1;
	capacity = n;
	count = 0;
	inner = paStreamCallback;
	paStreamCallback = watched;
	return 0;
}

void plain_unwatch(void)
{
	paStreamCallback = inner;
	jack_client_close(server_clock);
	munmap(cycles, capacity * sizeof *cycles);
}

uint64_t plain_count(void) { return __atomic_load_n(&count, __ATOMIC_ACQUIRE); }
const plain_cycle *plain_cycles(void) { return cycles; }
