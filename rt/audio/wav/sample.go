package wav

import (
	"encoding/binary"
	"math"
)

// decode converts the whole frames in src to dst, from frame at on. There is one
// loop a format, so that no sample costs an indirect call.
func decode(dst [][]float32, at int, src []byte, f Format) {
	width, channels := f.bytes(), len(dst)
	stride := width * channels
	frames := len(src) / stride
	if frames == 0 {
		return
	}
	le := binary.LittleEndian
	for c, out := range dst {
		out = out[at : at+frames]
		src := src[c*width:]
		switch f {
		case Float32:
			for i := range out {
				out[i] = math.Float32frombits(le.Uint32(src[i*stride:]))
			}
		case Float64:
			for i := range out {
				out[i] = float32(math.Float64frombits(le.Uint64(src[i*stride:])))
			}
		case PCM8:
			for i := range out {
				out[i] = (float32(src[i*stride]) - 128) / (1 << 7)
			}
		case PCM16:
			for i := range out {
				out[i] = float32(int16(le.Uint16(src[i*stride:]))) / (1 << 15)
			}
		case PCM24:
			for i := range out {
				b := src[i*stride : i*stride+3]
				out[i] = float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
			}
		case PCM32:
			for i := range out {
				out[i] = float32(int32(le.Uint32(src[i*stride:]))) / (1 << 31)
			}
		}
	}
}

// encode converts frames of src, from frame at on, until dst is full.
func encode(dst []byte, src [][]float32, at int, f Format) {
	width, channels := f.bytes(), len(src)
	stride := width * channels
	frames := len(dst) / stride
	le := binary.LittleEndian
	for c, in := range src {
		in = in[at : at+frames]
		dst := dst[c*width:]
		switch f {
		case Float32:
			for i, v := range in {
				le.PutUint32(dst[i*stride:], math.Float32bits(v))
			}
		case Float64:
			for i, v := range in {
				le.PutUint64(dst[i*stride:], math.Float64bits(float64(v)))
			}
		case PCM8:
			for i, v := range in {
				dst[i*stride] = byte(integer(v, 1<<7) + 128)
			}
		case PCM16:
			for i, v := range in {
				le.PutUint16(dst[i*stride:], uint16(integer(v, 1<<15)))
			}
		case PCM24:
			for i, v := range in {
				n := integer(v, 1<<23)
				b := dst[i*stride : i*stride+3]
				b[0], b[1], b[2] = byte(n), byte(n>>8), byte(n>>16)
			}
		case PCM32:
			for i, v := range in {
				le.PutUint32(dst[i*stride:], uint32(integer(v, 1<<31)))
			}
		}
	}
}

// integer rounds v·full to even, clipped to −full to full−1. NaN becomes 0.
func integer(v float32, full float64) int64 {
	x := float64(v) * full
	switch {
	case x >= full-1:
		return int64(full) - 1
	case x <= -full:
		return -int64(full)
	case x != x:
		return 0
	}
	return int64(math.RoundToEven(x))
}
