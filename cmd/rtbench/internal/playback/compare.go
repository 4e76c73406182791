package playback

import (
	"math"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
	"github.com/memkit-go/memkit/internal/audiodemo"
	"github.com/memkit-go/memkit/rt/audio"
)

// Comparison compares the captured output with an offline rendering of the same
// frames.
type Comparison struct {
	// Frames that were compared, and Differing of them.
	Frames    int `json:"frames"`
	Differing int `json:"differing"`
	// Skipped are the frames of cycles that were substituted or late, or for which
	// the synth's output is unknown.
	Skipped int `json:"skipped"`
}

// Exact reports whether something was compared and nothing differed.
func (c Comparison) Exact() bool { return c.Frames > 0 && c.Differing == 0 }

// render is the synth offline, interleaved, from frame 0 on.
func render(rate, blockFrames, frames int) ([]float32, error) {
	s, err := audio.Open(audio.Config{Backend: audio.Offline, Rate: float64(rate), Frames: blockFrames}, &audiodemo.Synth{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out := [][]float32{make([]float32, frames), make([]float32, frames)}
	if err := s.Render(out, nil); err != nil {
		return nil, err
	}
	interleaved := make([]float32, 0, 2*frames)
	for i := range frames {
		interleaved = append(interleaved, out[0][i], out[1][i])
	}
	return interleaved, nil
}

// length is how many frames the cycles cover.
func length(cycles []Cycle) int {
	if len(cycles) == 0 {
		return 0
	}
	last := cycles[len(cycles)-1]
	return int(last.Frame) + last.N
}

// compareCaptured compares what the capture client heard with the rendering.
func compareCaptured(captured []jackprobe.Cycle, heard []float32, cycles []Cycle, rendered []float32, period int64) (c Comparison) {
	byNumber, times := make(map[uint32]int, len(cycles)), make(map[uint32]int, len(cycles))
	for i, played := range cycles {
		byNumber[played.Number] = i
		times[played.Number]++
	}
	heardIn := make(map[uint32]int, len(captured))
	for _, w := range captured {
		heardIn[w.Frame]++
	}
	for _, w := range captured {
		block := heard[:2*w.N]
		heard = heard[2*w.N:]
		i, ok := byNumber[w.Frame]
		// A client that was late is called again at once, maybe twice in a cycle. So
		// is one that waited for it: then the capture hears PipeWire's silence.
		if !ok || times[w.Frame] > 1 || heardIn[w.Frame] > 1 || spoilt(cycles, i, w, period) {
			c.Skipped += int(w.N)
			continue
		}
		c.block(block, rendered, int(cycles[i].Frame))
	}
	return c
}

// spoilt reports whether the capture could not hear what the synth has made in cycle
// i: a substitute was played, or a late stream was still writing when it was read,
// this cycle's block or the next one's. A cycle after a late one counts as late: the
// server may have gone on without that client.
func spoilt(cycles []Cycle, i int, w jackprobe.Cycle, period int64) bool {
	c := cycles[i]
	late := func(c Cycle) bool { return c.End-c.Begin > period }
	return c.Substituted || c.N != int(w.N) || late(c) || w.Entry < c.End ||
		i > 0 && late(cycles[i-1]) || i+1 < len(cycles) && cycles[i+1].Entry < w.End
}

// compareHeard compares what a simulated device got, which is every cycle in order.
func compareHeard(heard []float32, cycles []Cycle, rendered []float32) (c Comparison) {
	for _, played := range cycles {
		if 2*played.N > len(heard) {
			break
		}
		block := heard[:2*played.N]
		heard = heard[2*played.N:]
		if played.Substituted {
			c.Skipped += played.N
			continue
		}
		c.block(block, rendered, int(played.Frame))
	}
	return c
}

// block compares one block bit by bit.
func (c *Comparison) block(heard, rendered []float32, frame int) {
	for i := 0; i < len(heard); i += 2 {
		c.Frames++
		at := 2*frame + i
		if at+1 >= len(rendered) || !same(heard[i], rendered[at]) || !same(heard[i+1], rendered[at+1]) {
			c.Differing++
		}
	}
}

// same compares bits, but for the sign of zero, which a mixer may change.
func same(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) || a == b }
