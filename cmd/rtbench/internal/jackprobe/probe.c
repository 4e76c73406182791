//go:build portaudio && cgo && linux

#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// JACK's clock is not CLOCK_MONOTONIC (1.9.21 counts unslewed µs), so the cycle's
// age is taken from it and not its time.
static void date(probe *w, jack_client_t *client, struct probe_dating *d, probe_cycle *c)
{
	const uint64_t xruns = probe_xruns(w);
	jack_time_t current, next;
	float period;
	c->begin = c->entry;
	if (jack_get_cycle_times(client, &c->frame, &current, &next, &period) == 0)
		c->begin -= memkit_age(&d->age, (int64_t)(jack_get_time() - current) * 1000, (int64_t)(period * 1000), xruns != d->xruns);
	d->xruns = xruns;
}

static void append(probe_log *l, probe_cycle c)
{
	uint64_t i = l->count;
	if (i == l->capacity) {
		__atomic_add_fetch(&l->overflow, 1, __ATOMIC_RELAXED);
		return;
	}
	l->cycles[i] = c;
	__atomic_store_n(&l->count, i + 1, __ATOMIC_RELEASE);
}

// The same work as the Go processor's, always, so that both carry it in every
// cycle; only what is logged depends on recording.
static int control_cycle(jack_nframes_t n, void *arg)
{
	probe *w = arg;
	probe_cycle c = { .entry = now(), .n = n };
	date(w, w->control, &w->control_dating, &c);
	float *left = jack_port_get_buffer(w->out[0], n), *right = jack_port_get_buffer(w->out[1], n);
	const int64_t start = now();
	voice_process(&w->voice, left, right, n);
	c.end = now();
	c.work = c.end - start;
	if (__atomic_load_n(&w->recording, __ATOMIC_ACQUIRE))
		append(&w->control_log, c);
	return 0;
}

static int silent(const float *p, jack_nframes_t n)
{
	for (jack_nframes_t i = 0; i < n; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

// PipeWire connects ports one after another and lets sound through in its own time,
// so the log begins when all carry some.
static int recorder_cycle(jack_nframes_t n, void *arg)
{
	probe_recorder *r = arg;
	probe *w = r->owner;
	probe_cycle c = { .entry = now(), .n = n };
	const float *heard[PROBE_CHANNELS];
	if (!__atomic_load_n(&w->recording, __ATOMIC_ACQUIRE))
		return 0;
	for (uint32_t k = 0; k < r->channels; k++) {
		heard[k] = jack_port_get_buffer(r->in[k], n);
		if (r->count == 0 && silent(heard[k], n))
			return 0;
	}
	if (r->count + n > r->capacity || r->log.count == r->log.capacity) {
		__atomic_add_fetch(&r->log.overflow, 1, __ATOMIC_RELAXED);
		return 0;
	}
	date(w, r->client, &r->dating, &c);
	float *to = r->samples + r->channels * r->count;
	for (jack_nframes_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < r->channels; k++)
			*to++ = heard[k][i];
	r->count += n;
	c.end = now();
	append(&r->log, c);
	return 0;
}

static int on_xrun(void *arg)
{
	probe *w = arg;
	__atomic_add_fetch(&w->xruns, 1, __ATOMIC_RELAXED);
	return 0;
}

static void on_shutdown(void *arg)
{
	probe *w = arg;
	__atomic_store_n(&w->gone, 1, __ATOMIC_RELEASE);
}

static void quiet(const char *text) { (void)text; }

static void *map(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static int ports(jack_client_t *client, jack_port_t **p, uint32_t channels, const char *prefix, unsigned long flags)
{
	for (uint32_t c = 0; c < channels; c++) {
		char name[32];
		snprintf(name, sizeof name, "%s_%u", prefix, c + 1);
		p[c] = jack_port_register(client, name, JACK_DEFAULT_AUDIO_TYPE, flags, 0);
		if (p[c] == NULL)
			return -1;
	}
	return 0;
}

static int play(probe *w)
{
	const char **to = jack_get_ports(w->control, "system:", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput);
	int err = to == NULL;
	for (int c = 0; !err && c < PROBE_CHANNELS && to[c] != NULL; c++)
		err = jack_connect(w->control, jack_port_name(w->out[c]), to[c]);
	jack_free(to);
	return err;
}

static const jack_options_t options = JackNoStartServer | JackServerName;

// JACK keeps a client's socket under its name, whatever the server.
static jack_client_t *client(const char *prefix, const char *server, jack_status_t *status)
{
	char name[32];
	snprintf(name, sizeof name, "%s-%d", prefix, getpid());
	return jack_client_open(name, options, status, server);
}

static int map_log(probe_log *l, uint64_t cycles)
{
	l->cycles = map(cycles * sizeof(probe_cycle));
	l->capacity = cycles;
	return l->cycles == NULL;
}

static int open_recorder(probe_recorder *r, probe *w, const char *prefix, uint32_t channels, uint64_t cycles, uint64_t frames,
	const char *server, jack_status_t *status)
{
	r->owner = w;
	r->channels = channels;
	r->capacity = frames;
	r->mapped = frames * channels * sizeof(float);
	r->samples = map(r->mapped);
	return r->samples == NULL || map_log(&r->log, cycles) || (r->client = client(prefix, server, status)) == NULL ||
	       ports(r->client, r->in, channels, "in", JackPortIsInput) || jack_set_process_callback(r->client, recorder_cycle, r);
}

static void close_recorder(probe_recorder *r, uint64_t mapped_cycles)
{
	if (r->client != NULL)
		jack_client_close(r->client);
	if (r->log.cycles != NULL)
		munmap(r->log.cycles, mapped_cycles);
	if (r->samples != NULL)
		munmap(r->samples, r->mapped);
}

probe *probe_open(const char *server, const voice *v, uint64_t cycles, uint64_t frames, jack_status_t *status)
{
	jack_set_error_function(quiet);
	jack_set_info_function(quiet);
	probe *w = calloc(1, sizeof *w);
	if (w == NULL)
		return NULL;
	w->mapped_cycles = cycles * sizeof(probe_cycle);
	w->voice = *v;
	if (map_log(&w->control_log, cycles) || (w->control = client("control", server, status)) == NULL ||
	    open_recorder(&w->capture, w, "capture", PROBE_CHANNELS, cycles, frames, server, status) ||
	    open_recorder(&w->reference, w, "reference", 1, cycles, frames, server, status) ||
	    ports(w->control, w->out, PROBE_CHANNELS, "out", JackPortIsOutput) || jack_set_process_callback(w->control, control_cycle, w) ||
	    jack_set_xrun_callback(w->capture.client, on_xrun, w))
		goto failed;
	jack_on_shutdown(w->capture.client, on_shutdown, w);
	if (jack_activate(w->control) || jack_activate(w->capture.client) || jack_activate(w->reference.client) || play(w) ||
	    jack_connect(w->control, jack_port_name(w->out[0]), jack_port_name(w->reference.in[0])))
		goto failed;
	return w;
failed:
	probe_close(w);
	return NULL;
}

static int ours(const probe *w, const char *port)
{
	jack_client_t *const clients[] = { w->control, w->capture.client, w->reference.client };
	for (int i = 0; i < 3; i++) {
		const char *name = jack_get_client_name(clients[i]);
		size_t length = strlen(name);
		if (strncmp(port, name, length) == 0 && port[length] == ':')
			return 1;
	}
	return strncmp(port, "system:", 7) == 0;
}

int probe_attach(probe *w)
{
	const char **from = jack_get_ports(w->capture.client, NULL, JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput);
	int connected = 0, err = 0;
	for (int i = 0; from != NULL && from[i] != NULL && connected < PROBE_CHANNELS && err == 0; i++) {
		if (ours(w, from[i]))
			continue;
		err = jack_connect(w->capture.client, from[i], jack_port_name(w->capture.in[connected++]));
		if (err == EEXIST)
			err = 0;
	}
	jack_free(from);
	return err != 0 ? err : connected < PROBE_CHANNELS ? ENOENT : 0;
}

void probe_record(probe *w, int on) { __atomic_store_n(&w->recording, on, __ATOMIC_RELEASE); }
int probe_gone(probe *w) { return __atomic_load_n(&w->gone, __ATOMIC_ACQUIRE); }
uint64_t probe_xruns(probe *w) { return __atomic_load_n(&w->xruns, __ATOMIC_RELAXED); }
uint64_t probe_count(probe_log *l) { return __atomic_load_n(&l->count, __ATOMIC_ACQUIRE); }

uint64_t probe_overflow(probe *w)
{
	const probe_log *logs[] = { &w->control_log, &w->capture.log, &w->reference.log };
	uint64_t n = 0;
	for (int i = 0; i < 3; i++)
		n += __atomic_load_n(&logs[i]->overflow, __ATOMIC_RELAXED);
	return n;
}

void probe_close(probe *w)
{
	close_recorder(&w->capture, w->mapped_cycles);
	close_recorder(&w->reference, w->mapped_cycles);
	if (w->control != NULL)
		jack_client_close(w->control);
	if (w->control_log.cycles != NULL)
		munmap(w->control_log.cycles, w->mapped_cycles);
	free(w);
}
