//go:build cgo

package creference

// #cgo CFLAGS: -O3
// #cgo LDFLAGS: -lm
// #include "dsp.h"
import "C"

import "unsafe"

// Available reports whether the functions run: they need cgo.
const Available = true

func pointer(s []float32) *C.float { return (*C.float)(unsafe.SliceData(s)) }

// Scale sets dst to gain·src.
func Scale(dst, src []float32, gain float32, times int) {
	C.memkit_scale(pointer(dst), pointer(src), C.int(len(src)), C.float(gain), C.int(times))
}

// Ramp sets dst to src times a factor that moves to another one in a straight line.
func Ramp(dst, src []float32, from, to float32, times int) {
	C.memkit_ramp(pointer(dst), pointer(src), C.int(len(src)), C.float(from), C.float(to), C.int(times))
}

// Saw fills dst with a saw of step periods a sample.
func Saw(dst []float32, step float64, times int) {
	C.memkit_saw(pointer(dst), C.int(len(dst)), C.double(step), C.int(times))
}

// Echo mixes an echo from line, a power of two long, into src.
func Echo(dst, src, line []float32, samples float64, wet, feedback float32, times int) {
	C.memkit_echo(pointer(dst), pointer(src), C.int(len(src)), pointer(line), C.int(len(line)-1),
		C.double(samples), C.float(wet), C.float(feedback), C.int(times))
}
