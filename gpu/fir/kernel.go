package fir

import (
	_ "embed"
	"encoding/binary"
	"math"

	"github.com/memkit-go/memkit/gpu"
)

const (
	// Block is how many samples the kernel takes at a time.
	Block = 64
	// MostTaps is the longest impulse response.
	MostTaps = 4096

	outputs = 8 // samples that a workgroup computes
	groups  = Block / outputs
	history = MostTaps + Block
)

//go:embed fir.spv
var spirv []byte

// What input.Mode says.
const (
	compute uint32 = iota
	appendOnly
	reset // and compute
)

// input and output are laid out as in fir.comp.
type (
	input struct {
		Mode uint32
		_    [3]uint32
		X    [Block]float32
	}
	output struct {
		Y [Block]float32
	}
)

// stateSize is that of STATE in fir.comp: positions, then histories.
const stateSize = 4 * (16 + 16*history)

func code() gpu.KernelCode {
	return gpu.KernelCode{
		Name: "fir", SPIRV: spirv, Go: inGo, Resident: true, Constants: 4,
		Bindings: []gpu.Usage{gpu.Storage, gpu.Storage, gpu.Storage, gpu.Storage},
	}
}

// inGo is fir.comp in Go.
func inGo(v *gpu.Invocation) {
	in, out, state, taps := v.Buffers[0], v.Buffers[1], v.Buffers[2], v.Buffers[3]
	g := int(v.Group[0])
	position := int(word(state, g))
	samples := state[4*(16+g*history):][:4*history]
	if word(in, 0) == reset {
		clear(samples)
	}
	copy(samples[4*position:], in[16:16+4*Block])
	if word(in, 0) != appendOnly {
		used := MostTaps // without the zeros behind a shorter response
		for used > 0 && word(taps, used-1) == 0 {
			used--
		}
		for n := g * outputs; n < (g+1)*outputs; n++ {
			var sum float64
			for k := range used {
				i := position + n - k
				if i < 0 {
					i += history
				}
				sum += float64(float(taps, k)) * float64(float(samples, i))
			}
			binary.LittleEndian.PutUint32(out[4*n:], math.Float32bits(float32(sum)))
		}
	}
	binary.LittleEndian.PutUint32(state[4*g:], uint32((position+Block)%history))
}

func word(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

func float(b []byte, i int) float32 { return math.Float32frombits(word(b, i)) }
