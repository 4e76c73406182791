// Package firmware is a small device under test: a PID controller in fixed point that
// answers frames on a serial line.
//
// One C file, pid.c, is compiled twice. [Image] is the build for an LM3S6965 board, a
// Cortex-M3 that QEMU emulates; `make firmware` rebuilds it with arm-none-eabi-gcc. A
// [Device] runs the same file on this machine: the control that tells the emulator's
// part of a time from the rig's, and the device where QEMU is not installed. Without
// cgo a Device is [Portable], a translation to Go that a test holds to the C file
// frame by frame.
//
// # Frames
//
// Frames have [FrameSize] bytes in both directions, integers little-endian, values
// [Q16]:
//
//	byte          0     1..4      5..8       9..12                   13
//	to device     head  sequence  set point  measured                CRC
//	from device   head  sequence  command    ticks (3), refused (1)  CRC
//
// The CRC-8 covers bytes 0 to 12: polynomial 0x07, initial value 0. The device answers
// a [Step] with a [Command], and a [Hello] with a [Ready]. It sends a Ready of
// sequence 0 when it starts, and so after a reset. A Step that repeats the sequence
// of the one before is answered again without a run of the controller, so a rig may
// send a frame again whose answer was lost. A frame with a wrong CRC has no answer
// and is counted; the bytes after the next possible head are looked at again.
package firmware
