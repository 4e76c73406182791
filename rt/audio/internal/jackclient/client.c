//go:build cgo && linux

#define _GNU_SOURCE
#include "client.h"
#include "_cgo_export.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* JACK's interface as far as it is used, from jack.h and types.h of JACK 1.9: kept
 * here so that neither headers nor the library are needed to build. */
enum { no_start_server = 0x01, server_name = 0x04 };
enum { port_input = 0x1, port_output = 0x2, port_physical = 0x4 };
enum { capture_latency = 0, playback_latency = 1 };
struct latency_range { uint32_t min, max; };
static const char audio_type[] = "32 bit float mono audio";

static struct {
	void *(*client_open)(const char *, int, int *, ...);
	int (*client_close)(void *);
	int (*activate)(void *);
	int (*deactivate)(void *);
	void *(*port_register)(void *, const char *, const char *, unsigned long, unsigned long);
	void *(*port_get_buffer)(void *, uint32_t);
	const char *(*port_name)(const void *);
	void *(*port_by_name)(void *, const char *);
	const char **(*get_ports)(void *, const char *, const char *, unsigned long);
	void (*free)(void *);
	int (*connect)(void *, const char *, const char *);
	void (*port_get_latency_range)(void *, int, struct latency_range *);
	int (*set_process_callback)(void *, int (*)(uint32_t, void *), void *);
	int (*set_buffer_size_callback)(void *, int (*)(uint32_t, void *), void *);
	int (*set_sample_rate_callback)(void *, int (*)(uint32_t, void *), void *);
	int (*set_xrun_callback)(void *, int (*)(void *), void *);
	void (*on_shutdown)(void *, void (*)(void *), void *);
	uint32_t (*get_buffer_size)(void *);
	uint32_t (*get_sample_rate)(void *);
	int (*client_real_time_priority)(void *);
	int (*get_cycle_times)(const void *, uint32_t *, uint64_t *, uint64_t *, float *);
	uint64_t (*get_time)(void);
	void (*set_error_function)(void (*)(const char *));
	void (*set_info_function)(void (*)(const char *));
} jack;

static const struct { const char *name; void *to; } names[] = {
#define NAME(f) { "jack_" #f, &jack.f }
	NAME(client_open), NAME(client_close), NAME(activate), NAME(deactivate),
	NAME(port_register), NAME(port_get_buffer), NAME(port_name), NAME(port_by_name), NAME(get_ports), NAME(free),
	NAME(connect), NAME(port_get_latency_range), NAME(set_process_callback), NAME(set_buffer_size_callback),
	NAME(set_sample_rate_callback), NAME(set_xrun_callback), NAME(on_shutdown), NAME(get_buffer_size),
	NAME(get_sample_rate), NAME(client_real_time_priority), NAME(get_cycle_times), NAME(get_time),
	NAME(set_error_function), NAME(set_info_function),
#undef NAME
};

static int pipewire; /* the library is PipeWire's */

static void silent(const char *text) { (void)text; }

int memkit_jack_load(void)
{
	static int loaded; /* under the caller's lock: 1 found, -1 not */
	if (loaded != 0)
		return loaded > 0;
	void *library = dlopen("libjack.so.0", RTLD_NOW | RTLD_GLOBAL);
	loaded = library != NULL ? 1 : -1;
	for (size_t i = 0; loaded > 0 && i < sizeof names / sizeof names[0]; i++) {
		void *f = dlsym(library, names[i].name);
		if (f == NULL)
			loaded = -1;
		memcpy(names[i].to, &f, sizeof f);
	}
	if (loaded > 0) {
		const char *(*version)(void) = dlsym(library, "jack_get_version_string");
		pipewire = version != NULL && strstr(version(), "PipeWire") != NULL;
		jack.set_error_function(silent);
		jack.set_info_function(silent);
	}
	return loaded > 0;
}

/* The server's buffers of this cycle; returns 0 where a port has none, as one of
 * PipeWire's whose format is being agreed on. */
static int take_inputs(struct memkit_jack *j, uint32_t n)
{
	int all = 1;
	for (uint32_t i = 0; i < j->in; i++)
		all &= (j->in_buffers[i] = jack.port_get_buffer(j->in_ports[i], n)) != NULL;
	return all;
}

static int take_outputs(struct memkit_jack *j, uint32_t n)
{
	int all = 1;
	for (uint32_t i = 0; i < j->out; i++)
		all &= (j->out_buffers[i] = jack.port_get_buffer(j->out_ports[i], n)) != NULL;
	return all;
}

/* Copies count channels by the kernel, for which an address that is no longer mapped is an
 * error and no fault of the process; returns 0 then. In a sandbox that forbids it, the copy
 * is an ordinary one. */
static int copy(struct memkit_jack *j, float *const *own, float *const *buffers, uint32_t count, size_t bytes, int out)
{
	struct iovec here[MEMKIT_JACK_CHANNELS], there[MEMKIT_JACK_CHANNELS];
	for (uint32_t i = 0; i < count; i++) {
		here[i] = (struct iovec){ own[i], bytes };
		there[i] = (struct iovec){ buffers[i], bytes };
	}
	const ssize_t done = out ? process_vm_writev(j->pid, here, count, there, count, 0)
				 : process_vm_readv(j->pid, here, count, there, count, 0);
	if (done >= 0 || (errno != EPERM && errno != ENOSYS))
		return done == (ssize_t)(count * bytes);
	for (uint32_t i = 0; i < count; i++)
		memcpy(out ? buffers[i] : own[i], out ? own[i] : buffers[i], bytes);
	return 1;
}

static void silence(struct memkit_jack *j, uint32_t n)
{
	for (uint32_t i = 0; i < j->out; i++)
		memset(j->out_buffers[i], 0, n * sizeof(float));
}

/* Moves the calling thread to the CPU of the thread that it hands over to: a wake-up
 * on another CPU waits for that one, which a virtual machine may not be running. */
static void move(struct memkit_jack *j)
{
	cpu_set_t to;
	if (sched_getaffinity(0, sizeof j->before, &j->before) != 0)
		return;
	CPU_ZERO(&to);
	CPU_SET(j->cpu, &to);
	if (sched_setaffinity(0, sizeof to, &to) == 0)
		j->thread = gettid();
}

void memkit_jack_move_back(struct memkit_jack *j)
{
	if (j->thread != 0)
		sched_setaffinity(j->thread, sizeof j->before, &j->before);
	j->thread = 0;
}

/* JACK's clock is not CLOCK_MONOTONIC (1.9.21 counts unslewed µs), so the cycle's age
 * is taken from it and not its time. */
static void date(struct memkit_jack *j, struct memkit_cycle *c, int xrun)
{
	uint64_t current, next;
	float period;
	c->begin = c->entry;
	if (jack.get_cycle_times(j->client, &c->number, &current, &next, &period) == 0)
		c->begin -= memkit_age(&j->age, (int64_t)(jack.get_time() - current) * 1000, c->period, xrun);
}

static void run(struct memkit_jack *j, struct memkit_cycle *c)
{
	const uint32_t xruns = __atomic_load_n(&j->xruns, __ATOMIC_RELAXED);
	const double frame = 1e9 / __atomic_load_n(&j->rate, __ATOMIC_RELAXED);
	c->period = (int64_t)(c->n * frame);
	if (xruns != j->seen_xruns)
		c->flags = (j->in ? MEMKIT_XRUN_IN : 0) | (j->out ? MEMKIT_XRUN_OUT : 0);
	j->seen_xruns = xruns;
	date(j, c, c->flags != 0);
	if (j->cpu >= 0 && j->thread == 0)
		move(j);
	c->in_time = c->begin - (int64_t)(__atomic_load_n(&j->in_latency, __ATOMIC_RELAXED) * frame);
	c->out_time = c->begin + (int64_t)(__atomic_load_n(&j->out_latency, __ATOMIC_RELAXED) * frame);
	if (j->mode == MEMKIT_JACK_HANDOFF)
		memkit_exchange(j->region, c);
	else
		memkitJackDirect(j->direct, c);
}

/* Runs a cycle on memory of the client's own: see copies in client.h. */
static void run_copied(struct memkit_jack *j, struct memkit_cycle *c)
{
	float *own_in[MEMKIT_JACK_CHANNELS], *own_out[MEMKIT_JACK_CHANNELS];
	const size_t bytes = c->n * sizeof(float);
	const int heard = take_inputs(j, c->n), played = take_outputs(j, c->n);
	for (uint32_t i = 0; i < j->in; i++)
		own_in[i] = j->copies + (size_t)i * MEMKIT_JACK_FRAMES;
	for (uint32_t i = 0; i < j->out; i++)
		own_out[i] = j->copies + (size_t)(j->in + i) * MEMKIT_JACK_FRAMES;
	if (j->in && !(heard && copy(j, own_in, (float *const *)j->in_buffers, j->in, bytes, 0)))
		for (uint32_t i = 0; i < j->in; i++)
			memset(own_in[i], 0, bytes);
	c->in = (const float *const *)own_in;
	c->out = own_out;
	run(j, c);
	if (j->out && played)
		copy(j, own_out, j->out_buffers, j->out, bytes, 1);
}

static int process(uint32_t n, void *arg)
{
	struct memkit_jack *j = arg;
	struct memkit_cycle c = { .n = n, .entry = memkit_now() };
	if (n > MEMKIT_JACK_FRAMES)
		return 0; /* more than either server has */
	__atomic_store_n(&j->inside, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&j->closing, __ATOMIC_SEQ_CST)) {
		if (take_outputs(j, n))
			silence(j, n);
	} else if (j->copies != NULL) {
		run_copied(j, &c);
	} else if (take_inputs(j, n) && take_outputs(j, n)) {
		c.in = j->in_buffers;
		c.out = j->out_buffers;
		run(j, &c);
	}
	__atomic_store_n(&j->inside, 0, __ATOMIC_SEQ_CST);
	return 0;
}

static int on_frames(uint32_t n, void *arg)
{
	__atomic_store_n(&((struct memkit_jack *)arg)->frames, n, __ATOMIC_RELEASE);
	return 0;
}

/* At another rate no block goes to the engine before it is prepared for that. */
static int on_rate(uint32_t rate, void *arg)
{
	struct memkit_jack *j = arg;
	const uint32_t accepted = __atomic_load_n(&j->accepted, __ATOMIC_ACQUIRE);
	__atomic_store_n(&j->rate, rate, __ATOMIC_RELEASE);
	if (accepted != 0 && accepted != rate)
		__atomic_store_n(&j->region->gate, MEMKIT_PAUSED, __ATOMIC_RELEASE);
	return 0;
}

void memkit_jack_accept(struct memkit_jack *j, uint32_t rate) { __atomic_store_n(&j->accepted, rate, __ATOMIC_RELEASE); }

static int on_xrun(void *arg)
{
	__atomic_add_fetch(&((struct memkit_jack *)arg)->xruns, 1, __ATOMIC_RELAXED);
	return 0;
}

static void on_gone(void *arg) { __atomic_store_n(&((struct memkit_jack *)arg)->gone, 1, __ATOMIC_RELEASE); }

static int add_ports(struct memkit_jack *j, void **ports, uint32_t count, const char *prefix, unsigned long flags)
{
	for (uint32_t i = 0; i < count; i++) {
		char name[16];
		size_t n = strlen(prefix);
		memcpy(name, prefix, n);
		if (i >= 10)
			name[n++] = (char)('0' + i / 10);
		name[n++] = (char)('0' + i % 10);
		name[n] = 0;
		ports[i] = jack.port_register(j->client, name, audio_type, flags, 0);
		if (ports[i] == NULL)
			return -1;
	}
	return 0;
}

struct memkit_jack *memkit_jack_open(const char *server, const char *name)
{
	int status = 0;
	struct memkit_jack *j = calloc(1, sizeof *j);
	if (j == NULL)
		return NULL;
	j->client = *server ? jack.client_open(name, no_start_server | server_name, &status, server) : jack.client_open(name, no_start_server, &status);
	if (j->client == NULL) {
		free(j);
		return NULL;
	}
	j->cpu = -1;
	j->pid = getpid();
	j->closing = 1;
	j->frames = jack.get_buffer_size(j->client);
	j->rate = jack.get_sample_rate(j->client);
	jack.on_shutdown(j->client, on_gone, j);
	if (jack.set_process_callback(j->client, process, j) || jack.set_buffer_size_callback(j->client, on_frames, j) ||
	    jack.set_sample_rate_callback(j->client, on_rate, j) || jack.set_xrun_callback(j->client, on_xrun, j)) {
		memkit_jack_close(j);
		return NULL;
	}
	return j;
}

int memkit_jack_register(struct memkit_jack *j, uint32_t in, uint32_t out)
{
	if (add_ports(j, j->in_ports, in, "in_", port_input) || add_ports(j, j->out_ports, out, "out_", port_output))
		return -1;
	j->in = in;
	j->out = out;
	if (!pipewire)
		return 0;
	j->copies = calloc((size_t)(in + out) * MEMKIT_JACK_FRAMES, sizeof(float));
	return j->copies != NULL ? 0 : -1;
}

void memkit_jack_close(struct memkit_jack *j)
{
	jack.client_close(j->client);
	free(j->copies);
	free(j);
}

int memkit_jack_priority(struct memkit_jack *j) { return jack.client_real_time_priority(j->client); }

int memkit_jack_start(struct memkit_jack *j, const char *const *sources, const char *const *sinks)
{
	int err = jack.activate(j->client);
	for (uint32_t i = 0; err == 0 && i < j->in; i++)
		if (*sources[i])
			err = jack.connect(j->client, sources[i], jack.port_name(j->in_ports[i]));
	for (uint32_t i = 0; err == 0 && i < j->out; i++)
		if (*sinks[i])
			err = jack.connect(j->client, jack.port_name(j->out_ports[i]), sinks[i]);
	if (err == 0 && j->in > 0 && *sources[0])
		__atomic_store_n(&j->in_latency, memkit_jack_latency(j, sources[0], 0), __ATOMIC_RELAXED);
	if (err == 0 && j->out > 0 && *sinks[0])
		__atomic_store_n(&j->out_latency, memkit_jack_latency(j, sinks[0], 1), __ATOMIC_RELAXED);
	return err;
}

int memkit_jack_stop(struct memkit_jack *j) { return jack.deactivate(j->client); }

void memkit_jack_admit(struct memkit_jack *j)
{
	__atomic_store_n(&j->xruns, 0, __ATOMIC_RELAXED);
	j->seen_xruns = 0;
	__atomic_store_n(&j->closing, 0, __ATOMIC_SEQ_CST);
}

int memkit_jack_shut(struct memkit_jack *j, int64_t wait_ns)
{
	const struct timespec nap = { .tv_nsec = 100000 };
	const int64_t until = memkit_now() + wait_ns;
	__atomic_store_n(&j->closing, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&j->inside, __ATOMIC_SEQ_CST)) {
		if (memkit_now() >= until)
			return -1;
		nanosleep(&nap, NULL);
	}
	return 0;
}

int memkit_jack_gone(struct memkit_jack *j) { return __atomic_load_n(&j->gone, __ATOMIC_ACQUIRE); }
uint32_t memkit_jack_frames(struct memkit_jack *j) { return __atomic_load_n(&j->frames, __ATOMIC_ACQUIRE); }
uint32_t memkit_jack_rate(struct memkit_jack *j) { return __atomic_load_n(&j->rate, __ATOMIC_ACQUIRE); }

const char **memkit_jack_ports(struct memkit_jack *j, int playback)
{
	return jack.get_ports(j->client, NULL, audio_type, port_physical | (playback ? port_input : port_output));
}

void memkit_jack_free(const char **ports)
{
	if (ports != NULL)
		jack.free(ports);
}

uint32_t memkit_jack_latency(struct memkit_jack *j, const char *port, int playback)
{
	struct latency_range range = { 0, 0 };
	void *p = jack.port_by_name(j->client, port);
	if (p != NULL)
		jack.port_get_latency_range(p, playback ? playback_latency : capture_latency, &range);
	return range.max;
}
