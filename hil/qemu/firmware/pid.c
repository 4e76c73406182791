//go:build cgo

/* A speed controller as firmware: frames arrive by UART, a PID in Q16.16 runs once for
 * each, the reply leaves. Compiled for ARM it is the image for an LM3S6965 board;
 * compiled by cgo it runs on the host. */

#include "pid.h"

/* For a motor of 20 rad/s per volt and a time constant of 20 to 50 ms, stepped at
 * 1 kHz, in rad/s and volts. The integral's gain is per step. */
enum { KP = 6554 /* 0.1 */, KI = 164 /* 0.0025 */, KD = 3277 /* 0.05 */, LIMIT = 24 << 16 };

#ifdef __ARM_ARCH_7M__
static uint32_t clock_ticks(void);
#else
static uint32_t clock_ticks(void) { return 0; }
#endif

static q16 saturate(int64_t v, q16 limit) {
	return v > limit ? limit : v < -limit ? -limit : (q16)v;
}

static int64_t scale(q16 gain, int64_t v) { return (gain * v) >> 16; }

/* control runs the PID once. The derivative is of the measured value, so that a new
 * set point does not kick; the integral stands while the command is saturated in the
 * direction of the error. */
static q16 control(struct pid_device *d, q16 set, q16 measured) {
	int64_t error = (int64_t)set - measured;
	q16 integral = saturate(d->integral + scale(KI, error), LIMIT);
	int64_t wanted = scale(KP, error) + integral - scale(KD, (int64_t)measured - d->previous);
	q16 command = saturate(wanted, LIMIT);
	if (command == wanted || (wanted > 0) != (error > 0))
		d->integral = integral;
	d->previous = measured;
	return command;
}

static uint8_t crc8(const uint8_t *b) {
	uint8_t crc = 0;
	for (int i = 0; i < PID_FRAME - 1; i++) {
		crc ^= b[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x80 ? (uint8_t)(crc << 1 ^ 0x07) : (uint8_t)(crc << 1);
	}
	return crc;
}

static uint32_t get32(const uint8_t *b) {
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void put32(uint8_t *b, uint32_t v) {
	for (int i = 0; i < 4; i++)
		b[i] = (uint8_t)(v >> 8 * i);
}

static void reply_with(struct pid_device *d, uint8_t head, uint32_t sequence, q16 value, uint8_t *reply) {
	reply[0] = head;
	put32(reply + 1, sequence);
	put32(reply + 5, (uint32_t)value);
	put32(reply + 9, (d->ticks & 0xFFFFFF) | (uint32_t)d->refused << 24);
	reply[PID_FRAME - 1] = crc8(reply);
}

void pid_ready(struct pid_device *d, uint8_t *reply) { reply_with(d, PID_READY, 0, PID_VERSION, reply); }

/* resynchronise drops the bytes before the next one that may begin a frame. */
static void resynchronise(struct pid_device *d) {
	int from = 1;
	while (from < d->received && d->frame[from] != PID_STEP && d->frame[from] != PID_HELLO)
		from++;
	for (int i = from; i < d->received; i++)
		d->frame[i - from] = d->frame[i];
	d->received -= (uint8_t)from;
}

int pid_feed(struct pid_device *d, uint8_t byte, uint8_t *reply) {
	uint8_t *f = d->frame;
	f[d->received++] = byte;
	if (f[0] != PID_STEP && f[0] != PID_HELLO)
		d->received = 0;
	if (d->received < PID_FRAME)
		return 0;
	if (crc8(f) != f[PID_FRAME - 1]) {
		d->refused++;
		resynchronise(d);
		return 0;
	}
	d->received = 0;
	uint32_t sequence = get32(f + 1);
	if (f[0] == PID_HELLO) {
		reply_with(d, PID_READY, sequence, PID_VERSION, reply);
		return 1;
	}
	if (!d->stepped || sequence != d->sequence) {
		uint32_t start = clock_ticks();
		d->command = control(d, (q16)get32(f + 5), (q16)get32(f + 9));
		d->ticks = start - clock_ticks(); /* it counts down */
		d->sequence = sequence;
		d->stepped = 1;
	}
	reply_with(d, PID_COMMAND, sequence, d->command, reply);
	return 1;
}

#ifdef __ARM_ARCH_7M__

#define REGISTER(address) (*(volatile uint32_t *)(address))

enum {
	UART0 = 0x4000C000,
	UART_DATA = UART0, UART_FLAGS = UART0 + 0x18,
	UART_LINE = UART0 + 0x2C, UART_CONTROL = UART0 + 0x30,
	UART_INTERRUPTS = UART0 + 0x38, UART_CLEAR = UART0 + 0x44,
	RECEIVE_EMPTY = 0x10, TRANSMIT_FULL = 0x20,
	RECEIVED = 0x50, /* interrupts: FIFO filled, bytes waited */
	CLOCK_GATE_1 = 0x400FE104, CLOCK_GATE_2 = 0x400FE108
};

enum { SYSTICK_CONTROL = 0xE000E010, SYSTICK_RELOAD = 0xE000E014, SYSTICK_VALUE = 0xE000E018, ENABLE_INTERRUPTS = 0xE000E100 };

static uint32_t clock_ticks(void) { return REGISTER(SYSTICK_VALUE); }

/* The interrupt writes head, the main loop writes tail; the indices wrap at 256. */
static volatile uint8_t ring[256], head, tail;

/* receive is the interrupt. It clears before it reads, so that a byte that arrives
 * meanwhile raises it again. What a full ring has no room for stays in the UART. */
static void receive(void) {
	REGISTER(UART_CLEAR) = RECEIVED;
	while (!(REGISTER(UART_FLAGS) & RECEIVE_EMPTY) && (uint8_t)(head + 1) != tail)
		ring[head++] = (uint8_t)REGISTER(UART_DATA);
}

static void transmit(const uint8_t *b) {
	for (int i = 0; i < PID_FRAME; i++) {
		while (REGISTER(UART_FLAGS) & TRANSMIT_FULL)
			;
		REGISTER(UART_DATA) = b[i];
	}
}

static struct pid_device device;

extern uint32_t bss_start, bss_end, stack_top; /* from board.ld */

static void start(void) {
	for (uint32_t *word = &bss_start; word < &bss_end; word++)
		*word = 0;
	REGISTER(CLOCK_GATE_1) |= 1; /* UART0 */
	REGISTER(CLOCK_GATE_2) |= 1; /* its pins */
	REGISTER(UART_CONTROL) = 0;
	REGISTER(UART_LINE) = 0x70; /* 8 bits, no parity, FIFOs */
	REGISTER(UART_INTERRUPTS) = RECEIVED;
	REGISTER(UART_CONTROL) = 0x301; /* receive, transmit, on */
	REGISTER(SYSTICK_RELOAD) = 0xFFFFFF;
	REGISTER(SYSTICK_VALUE) = 0;
	REGISTER(SYSTICK_CONTROL) = 5; /* the core's clock, no interrupt */
	REGISTER(ENABLE_INTERRUPTS) = 1 << 5;

	uint8_t reply[PID_FRAME];
	pid_ready(&device, reply);
	transmit(reply);
	for (;;) {
		__asm volatile("cpsid i"); /* WFI wakes for a masked interrupt too */
		receive(); /* what the ring had no room for */
		if (head == tail)
			__asm volatile("wfi");
		__asm volatile("cpsie i\n isb");
		while (tail != head)
			if (pid_feed(&device, ring[tail++], reply))
				transmit(reply);
	}
}

static void fault(void) {
	for (;;)
		;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16 + 6])(void) = {
	(void (*)(void))&stack_top, start,
	[2 ... 15] = fault,
	[16 ... 20] = fault,
	[16 + 5] = receive,
};

#endif
