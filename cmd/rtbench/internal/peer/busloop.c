//go:build cgo && linux

#define _GNU_SOURCE
#include "busloop.h"
#include "drive.h"
#include "thread.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME = 8, SLOTS = 64, MOST_FRAMES = 64 };

// ring is a queue of frames between two threads.
typedef struct {
	_Alignas(128) _Atomic uint64_t head;
	_Alignas(128) _Atomic uint64_t tail;
	_Alignas(128) unsigned char slots[SLOTS][FRAME];
} ring;

static int push(ring *r, const unsigned char *frame) {
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	if (head - atomic_load_explicit(&r->tail, memory_order_acquire) == SLOTS) {
		return 0;
	}
	memcpy(r->slots[head % SLOTS], frame, FRAME);
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return 1;
}

static int pop(ring *r, unsigned char *frame) {
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	if (tail == atomic_load_explicit(&r->head, memory_order_acquire)) {
		return 0;
	}
	memcpy(frame, r->slots[tail % SLOTS], FRAME);
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return 1;
}

static uint16_t checksum(const unsigned char *b, int n) {
	uint16_t crc = 0xFFFF;
	for (int i = 0; i < n; i++) {
		unsigned char x = (unsigned char)(crc >> 8) ^ b[i];
		x ^= x >> 4;
		crc = (uint16_t)(crc << 8 ^ x << 12 ^ x << 5 ^ x);
	}
	return crc;
}

// stuff writes a frame as it stands on a serial line and returns its length.
static int stuff(unsigned char *dst, const unsigned char *frame) {
	unsigned char whole[FRAME + 2];
	memcpy(whole, frame, FRAME);
	uint16_t sum = checksum(frame, FRAME);
	whole[FRAME] = (unsigned char)sum;
	whole[FRAME + 1] = (unsigned char)(sum >> 8);
	int code = 0, out = 1;
	for (int i = 0; i < FRAME + 2; i++) {
		if (whole[i] != 0) {
			dst[out++] = whole[i];
		} else {
			dst[code] = (unsigned char)(out - code);
			code = out++;
		}
	}
	dst[code] = (unsigned char)(out - code);
	dst[out++] = 0;
	return out;
}

static int unstuff(unsigned char *frame, const unsigned char *src, int len) {
	unsigned char whole[FRAME + 2];
	int n = 0;
	for (int i = 0; i < len;) {
		int run = src[i];
		if (run == 0 || i + run > len || n + run > FRAME + 3) {
			return 0;
		}
		for (int k = 1; k < run && n < FRAME + 2; k++) {
			whole[n++] = src[i + k];
		}
		i += run;
		if (i < len && n < FRAME + 2) {
			whole[n++] = 0;
		}
	}
	if (n != FRAME + 2 || checksum(whole, FRAME) != (uint16_t)(whole[FRAME] | whole[FRAME + 1] << 8)) {
		return 0;
	}
	memcpy(frame, whole, FRAME);
	return 1;
}

typedef struct {
	mk_bus_config config;
	mk_bus_report *report;
	ring out, in;
	unsigned char line[256];
	int filled;
	atomic_int stop;
} loop;

static int receive(loop *l, unsigned char *frame) {
	switch (l->config.kind) {
	case MK_BUS_DATAGRAM:
		return recv(l->config.fd, frame, FRAME, MSG_DONTWAIT) == FRAME;
	case MK_BUS_MEMORY:
		return pop(&l->in, frame);
	}
	ssize_t n = read(l->config.fd, l->line + l->filled, sizeof l->line - (size_t)l->filled);
	if (n > 0) {
		l->filled += (int)n;
	}
	for (;;) {
		unsigned char *end = memchr(l->line, 0, (size_t)l->filled);
		if (end == NULL) {
			return 0;
		}
		int len = (int)(end - l->line);
		int ok = unstuff(frame, l->line, len);
		l->filled -= len + 1;
		memmove(l->line, end + 1, (size_t)l->filled);
		if (ok) {
			return 1;
		}
	}
}

static int transmit(loop *l, const unsigned char *frame) {
	unsigned char line[FRAME + 5];
	int n;
	switch (l->config.kind) {
	case MK_BUS_DATAGRAM:
		return send(l->config.fd, frame, FRAME, MSG_DONTWAIT | MSG_NOSIGNAL) == FRAME;
	case MK_BUS_MEMORY:
		return push(&l->out, frame);
	}
	n = stuff(line, frame);
	return write(l->config.fd, line, (size_t)n) == n;
}

static void *run(void *arg) {
	loop *l = arg;
	mk_bus_report *r = l->report;
	int64_t period = l->config.period_ns, due = l->config.start_ns;
	unsigned char frame[FRAME];
	uint32_t sequence = 0;
	while (r->samples < l->config.samples) {
		mk_sleep_until(due);
		for (int i = 0; i < MOST_FRAMES && receive(l, frame); i++) {
			uint32_t answered;
			memcpy(&answered, frame, sizeof answered);
			if (r->samples <= l->config.warm) {
				continue; // counts begin with the answer to the first command measured
			}
			if (answered == sequence) {
				r->answered++;
			} else {
				r->late++;
			}
		}
		sequence++;
		memset(frame, 0, sizeof frame);
		memcpy(frame, &sequence, sizeof sequence);
		if (transmit(l, frame) && r->samples >= l->config.warm) {
			r->sent++;
		}
		int64_t now = mk_now();
		r->due[r->samples] = due;
		r->response[r->samples++] = now - due;
		due += period;
		if (now > due) {
			due += ((now - due - 1) / period + 1) * period;
		}
	}
	return NULL;
}

static void *echo_memory(void *arg) {
	loop *l = arg;
	unsigned char frame[FRAME];
	int64_t due = mk_now();
	while (!atomic_load_explicit(&l->stop, memory_order_relaxed)) {
		while (pop(&l->out, frame)) {
			push(&l->in, frame);
		}
		due += 100000;
		mk_sleep_until(due);
	}
	return NULL;
}

int mk_bus_run(mk_bus_config config, mk_bus_report *report) {
	memset(report, 0, sizeof *report);
	size_t bytes = (size_t)config.samples * sizeof(int64_t);
	report->response = malloc(bytes + 1);
	report->due = malloc(bytes + 1);
	loop *l = aligned_alloc(128, (sizeof *l + 127) / 128 * 128);
	if (report->response == NULL || report->due == NULL || l == NULL) {
		free(l);
		return ENOMEM;
	}
	memset(report->response, 1, bytes);
	memset(report->due, 1, bytes);
	memset(l, 0, sizeof *l);
	l->config = config;
	l->report = report;
	pthread_t echo, thread;
	int err = 0, echoing = 0;
	if (config.kind == MK_BUS_MEMORY) {
		err = mk_start_thread(&echo, config.echo_cpu, config.priority, echo_memory, l);
		echoing = err == 0;
	}
	if (err == 0) {
		err = mk_start_thread(&thread, config.cpu, config.priority, run, l);
	}
	if (err == 0) {
		pthread_join(thread, NULL);
	}
	if (echoing) {
		atomic_store(&l->stop, 1);
		pthread_join(echo, NULL);
	}
	free(l);
	return err;
}

void mk_bus_free(mk_bus_report *report) {
	free(report->response);
	free(report->due);
}

struct mk_bus_device {
	int kind, fd;
	pthread_t thread;
	atomic_int stop;
};

static void *echo(void *arg) {
	mk_bus_device *d = arg;
	unsigned char b[512];
	while (!atomic_load(&d->stop)) {
		struct pollfd p = {.fd = d->fd, .events = POLLIN};
		if (poll(&p, 1, 20) <= 0) {
			continue;
		}
		if (d->kind == MK_BUS_LINE) {
			ssize_t n = read(d->fd, b, sizeof b);
			if (n <= 0 || write(d->fd, b, (size_t)n) != n) {
				struct timespec nap = {.tv_nsec = 1000000};
				nanosleep(&nap, NULL); // the other end has gone
			}
			continue;
		}
		ssize_t n = recv(d->fd, b, sizeof b, MSG_DONTWAIT);
		if (n > 0) {
			send(d->fd, b, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
		}
	}
	return NULL;
}

int mk_bus_echo(int kind, int fd, int cpu, int priority, mk_bus_device **device) {
	mk_bus_device *d = calloc(1, sizeof *d);
	if (d == NULL) {
		return ENOMEM;
	}
	d->kind = kind;
	d->fd = fd;
	int err = mk_start_thread(&d->thread, cpu, priority, echo, d);
	if (err != 0) {
		free(d);
		return err;
	}
	*device = d;
	return 0;
}

void mk_bus_stop(mk_bus_device *d) {
	atomic_store(&d->stop, 1);
	pthread_join(d->thread, NULL);
	free(d);
}

// pid is rt/control.PID, line by line.
typedef struct {
	double p, i, d, min, max, weight, on_set, decay, back;
	double integral, derivative, seen, setpoint, measured, output;
	int primed, saturated;
	uint64_t rejected;
} pid;

__attribute__((noinline)) static double pid_update(pid *c, double setpoint, double measured, double feed_forward, int stop) {
	if (!isfinite(setpoint) || !isfinite(measured) || !isfinite(feed_forward)) {
		c->rejected++;
		return c->output;
	}
	double visible = c->on_set * setpoint - measured;
	if (!c->primed) {
		c->seen = visible;
		c->primed = 1;
	}
	c->derivative = c->decay * c->derivative + c->d * (visible - c->seen);
	c->seen = visible;
	c->setpoint = setpoint;
	c->measured = measured;
	double u = c->p * (c->weight * setpoint - measured) + c->integral + c->derivative + feed_forward;
	double bounded = u;
	c->saturated = 0;
	if (u > c->max) {
		bounded = c->max;
		c->saturated = 1;
	} else if (u < c->min) {
		bounded = c->min;
		c->saturated = -1;
	}
	double move = c->i * (setpoint - measured) + c->back * (bounded - u);
	if (stop == 0 || stop * move < 0) {
		c->integral += move;
	}
	c->output = bounded;
	return bounded;
}

void mk_pid_batches(int64_t *samples, int64_t n, int64_t updates) {
	double h = 1e-3, filter = 5e-3;
	pid c = {
		.p = 2, .i = 10 * h, .d = .05 / (filter + h), .min = -1, .max = 1, .weight = 1,
		.decay = filter / (filter + h), .back = h / .07,
	};
	double y = 0;
	for (int64_t k = 0; k < n; k++) {
		int64_t begin = mk_now();
		for (int64_t i = 0; i < updates; i++) {
			y += h * (pid_update(&c, 1, y, 0, 0) - y);
		}
		samples[k] = mk_now() - begin;
	}
}
