//go:build cgo && linux

package audio_test

import (
	"sync/atomic"
	"testing"

	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt/audio"
)

// meter counts the blocks in a row whose input is what Sim's source gives.
type meter struct {
	actor
	row atomic.Int64
}

func (m *meter) Process(b *audio.Block) {
	m.row.Add(1)
	for _, v := range b.In[0] {
		if v < 0.499 || v > 0.501 {
			m.row.Store(0)
			return
		}
	}
}

// TestInputOfAnotherClock: the input of a JACK stream comes from a simulated device; in
// an isolate too, where Sim is silent.
func TestInputOfAnotherClock(t *testing.T) {
	jackdtest.Start(t)
	m := &meter{}
	half := func(in [][]float32) {
		for i := range in[0] {
			in[0][i] = 0.5
		}
	}
	s := started(t, audio.Config{In: 1, Out: 2, Input: &audio.Input{Backend: audio.Sim}, Sim: audio.SimConfig{Source: half}}, m)
	until(t, s, "the input", func(audio.Stats) bool { return m.row.Load() >= 20 })
	remote := started(t, audio.Config{In: 1, Out: 2, Input: &audio.Input{Backend: audio.Sim, Frames: 441}}, hum)
	until(t, remote, "blocks", func(st audio.Stats) bool { return st.Blocks >= 50 && st.State == audio.Running })
	t.Log(remote.Granted())
}
