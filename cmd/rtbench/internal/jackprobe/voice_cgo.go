//go:build portaudio && cgo && linux

package jackprobe

// #include "voice.h"
import "C"

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/audiodemo"
)

// voiceAt is the synth at a rate in frames a second.
func voiceAt(rate int) C.voice {
	k := audiodemo.ConstantsAt(float64(rate))
	return C.voice{step: C.uint32_t(k.Step), start: C.uint64_t(k.Start), delta: C.uint64_t(k.Delta), length: C.uint64_t(k.Length)}
}

// playVoice is so many frames of the synth, in blocks of the sizes in turn: for its
// test, which cannot call C itself.
func playVoice(rate, frames int, sizes []int) (left, right []float32) {
	v := voiceAt(rate)
	left, right = make([]float32, frames), make([]float32, frames)
	for at, i := 0, 0; at < frames; i++ {
		n := min(sizes[i%len(sizes)], frames-at)
		C.voice_process(&v, (*C.float)(unsafe.Pointer(&left[at])), (*C.float)(unsafe.Pointer(&right[at])), C.uint32_t(n))
		at += n
	}
	return left, right
}
