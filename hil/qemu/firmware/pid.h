#ifndef MEMKIT_HIL_PID_H
#define MEMKIT_HIL_PID_H

#include <stdint.h>

/* Frames are 14 bytes, integers little-endian, values Q16.16 (65536 is 1):
 *
 *   byte         0     1..4      5..8       9..12                   13
 *   to device    head  sequence  set point  measured                crc
 *   from device  head  sequence  command    ticks (3), refused (1)  crc
 *
 * crc is the CRC-8 of bytes 0..12 (polynomial 0x07, initial value 0). A frame to the
 * device with PID_STEP runs the controller once and is answered with PID_COMMAND; one
 * with PID_HELLO is answered with PID_READY, which the device also sends, with
 * sequence 0, when it has started. A PID_STEP with the sequence of the one before is
 * answered again, and the controller does not run. ticks are clock cycles that the
 * controller took; refused counts, modulo 256, frames with a wrong crc. In PID_READY
 * the command is the version of this format. */
enum {
	PID_FRAME = 14,
	PID_STEP = 0xA5,
	PID_HELLO = 0xA6,
	PID_COMMAND = 0x5A,
	PID_READY = 0x5B,
	PID_VERSION = 1
};

typedef int32_t q16;

/* pid_device is all that a device remembers; zero is a device that has just started. */
struct pid_device {
	q16 integral, previous, command;
	uint32_t ticks;
	uint32_t sequence; /* of the last step */
	uint8_t stepped;   /* 0 before the first */
	uint8_t refused;
	uint8_t received; /* bytes in frame */
	uint8_t frame[PID_FRAME];
};

/* pid_feed takes one byte, and writes a reply of PID_FRAME bytes and returns 1 when
 * that byte completes a frame that has one. */
int pid_feed(struct pid_device *d, uint8_t byte, uint8_t *reply);

/* pid_ready writes the frame that says that the device has started. */
void pid_ready(struct pid_device *d, uint8_t *reply);

#endif
