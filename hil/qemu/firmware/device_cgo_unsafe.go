//go:build cgo

package firmware

// #cgo noescape feed
// #cgo nocallback feed
// #cgo noescape pid_ready
// #cgo nocallback pid_ready
// #include "pid.h"
//
// static int feed(struct pid_device *d, const uint8_t *in, int n, uint8_t *out) {
// 	int written = 0;
// 	for (int i = 0; i < n; i++)
// 		if (pid_feed(d, in[i], out + written))
// 			written += PID_FRAME;
// 	return written;
// }
import "C"

import "unsafe"

// Native reports whether a [Device] runs the C file.
const Native = true

// Device runs the firmware in this process. The zero value is a device that has just
// started; a copy is a snapshot of it. One goroutine at a time may use it.
type Device struct{ state C.struct_pid_device }

// Reset puts the device in its first state and writes the frame that it sends then
// into the first FrameSize bytes of out.
//
// Cost: one cgo call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonallocating
func (d *Device) Reset(out []byte) {
	_ = out[FrameSize-1]
	d.state = C.struct_pid_device{}
	C.pid_ready(&d.state, (*C.uint8_t)(unsafe.Pointer(&out[0])))
}

// Feed gives the device bytes as its serial line would, writes the frames that it
// answers with to out, and returns how many bytes those are. out has room for
// [Room](len(in)) bytes.
//
// Cost: one cgo call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonallocating
func (d *Device) Feed(in, out []byte) int {
	if len(in) == 0 {
		return 0
	}
	_ = out[Room(len(in))-1]
	return int(C.feed(&d.state, (*C.uint8_t)(unsafe.Pointer(&in[0])), C.int(len(in)), (*C.uint8_t)(unsafe.Pointer(&out[0]))))
}
