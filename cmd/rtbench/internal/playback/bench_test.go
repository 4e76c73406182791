//go:build portaudio && cgo && linux

package playback

import (
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/internal/audiodemo"
	"github.com/memkit-go/memkit/internal/jackd"
	"github.com/memkit-go/memkit/rt/audio"
)

// BenchmarkOpenToClose compares, in rotated rounds, what it takes to open, start, stop and
// close a stream over JACK with what the usual callback of
// github.com/gordonklaus/portaudio takes: medians in ms, and their ratio to its median.
func BenchmarkOpenToClose(b *testing.B) {
	if err := jackd.Installed(); err != nil {
		b.Skip(err)
	}
	s, err := jackd.Start(b.Context(), jackd.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Stop()
	b.Setenv("JACK_DEFAULT_SERVER", s.Name())
	ways := []struct {
		name string
		once func() error
	}{
		{"usual", func() error { return peer.PlainAudioOnce(48000, 64, func([][]float32) {}) }},
		{"handoff", func() error { return once(audio.Config{}) }},
		{"direct", func() error { return once(audio.Config{Mode: audio.Direct}) }},
		{"portaudio", func() error { return once(audio.Config{Backend: audio.PortAudio, HostAPI: "JACK"}) }},
	}
	took := make([][]int64, len(ways))
	for round := 0; b.Loop(); round++ {
		for turn := range ways {
			i := (round + turn) % len(ways) // each is first and last equally often
			w := ways[i]
			begun := time.Now()
			if err := w.once(); err != nil {
				b.Fatal(w.name, err)
			}
			took[i] = append(took[i], int64(time.Since(begun)))
		}
	}
	usual, _ := quantiles(took[0])
	for i, w := range ways {
		median, _ := quantiles(took[i])
		b.ReportMetric(float64(median)/1e6, w.name+"-ms")
		b.ReportMetric(float64(median)/float64(usual), w.name+"/usual")
	}
	b.ReportMetric(0, "ns/op")
}

// once opens, starts, stops and closes a stream in this process.
func once(c audio.Config) error {
	s, err := audio.Open(c, &audiodemo.Synth{})
	if err != nil {
		return err
	}
	if err := s.Start(); err != nil {
		return err
	}
	if err := s.Stop(); err != nil {
		return err
	}
	return s.Close()
}
