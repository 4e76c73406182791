package playback

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/memkit-go/memkit/internal/audiodemo"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio"
)

// player plays the synth in one mode.
type player interface {
	start() error
	// counts are Played.Allocs and Blocks since the start.
	counts() (allocs, blocks uint64)
	// exec is the median and 99th percentile of the time in the synth so far.
	exec() (p50, p99 int64)
	// stop ends it and adds what there is to tell.
	stop(*Played) error
}

// demo is the synth for an isolate, which finds it by its name.
var demo = audio.Declare("rtbench demo", func([]string) (audio.Processor, error) { return &audiodemo.Synth{}, nil })

// newPlayer opens the device of the job's mode.
func newPlayer(j Job) (player, error) {
	if j.Mode == Gordonklaus {
		return newPlain(j)
	}
	return newStream(j)
}

// budget is what the stream may take of a period: nearly all of it, as C may, which
// is late when the period is over. A substitute comes some 20 µs after its deadline.
//
// The library's default, 0.8, leaves a fifth to other clients of the server; here
// the only one that waits captures in some µs. And a substitute after 0.8
// attributes to Go cycles that the server calls late, in which C counts as in time
// up to the whole period: runs of handoff and isolate (10 s of 64 frames at 48 kHz,
// --busy 2 --garbage 1; 2-core virtual machine, jackd -R -d dummy) had 15 misses in
// 74,885 blocks at 0.8, 2 in 44,889 at 0.95 and 1 in 29,981 at 0.98, alongside a C
// client that took up to 1.30 of its 1.33 ms. In two of the runs at 0.8 with misses
// no callback took longer than 0.18 ms.
const budget = 0.98

// stream plays through package audio.
type stream struct {
	*audio.Stream
	config audio.Config
	waits  int64 // how long its part in C waits for Go, from the cycle's beginning; 0 without
	cycles []Cycle
	heard  []float32
}

func newStream(j Job) (*stream, error) {
	s := &stream{cycles: make([]Cycle, 0, 2*j.blocks())}
	c := &s.config
	*c = audio.Config{
		Name: fmt.Sprintf("rtbench-%d", os.Getpid()), HostAPI: "JACK", Device: "system", Rate: float64(j.Rate), Frames: j.Frames, Out: 2,
		OnCycle: s.keep, Samples: 2 * j.blocks(), Budget: budget,
	}
	if j.Mode != Direct && j.Mode != Sim {
		s.waits = int64(budget * float64(j.period()))
	}
	var synth audio.Processor = &audiodemo.Synth{}
	switch j.Mode {
	case Direct:
		c.Mode = audio.Direct
	case Handoff:
		c.Pinned = true
	case Isolate:
		c.Isolate, synth = demo, nil
	case Sim:
		c.Backend, c.HostAPI, c.Device = audio.Sim, "", ""
		c.Pinned = true
		s.heard = make([]float32, 0, 2*2*j.blocks()*j.Frames)
		c.Sim.Sink = s.hear
	}
	if err := prepare(j.Mode); err != nil {
		return nil, err
	}
	var err error
	if s.Stream, err = audio.Open(*c, synth); err != nil {
		return nil, err
	}
	return s, nil
}

// prepare makes the process what the mode's program would be.
func prepare(m Mode) error {
	switch m {
	case Handoff, Sim:
		// Sim's device is a loop of this process too.
		loops := map[Mode]int{Handoff: 1, Sim: 2}[m]
		_, err := rt.Setup(rt.ProcessConfig{Loops: loops, MemoryLimit: 2 << 30})
		return err
	case Direct, Loose, Isolate:
		// One P more for each thread that keeps one, and room for the collector.
		runtime.GOMAXPROCS(runtime.NumCPU() + 2)
	}
	return nil
}

func (s *stream) keep(c audio.Cycle) {
	deadline := int64(0)
	if s.waits > 0 {
		deadline = c.Begin + s.waits
	}
	s.cycles = append(s.cycles, Cycle{
		Frame: c.Frame, N: c.N, Number: c.Number, Begin: c.Begin, Entry: c.Entry, End: c.End, Deadline: deadline,
		Substituted: c.Missed || c.Raised, Missed: c.Missed, Xrun: c.XrunIn || c.XrunOut,
	})
}

// hear keeps what a simulated device plays, as long as there is room.
func (s *stream) hear(out [][]float32) {
	left, right := out[0], out[1]
	if len(s.heard)+2*len(left) > cap(s.heard) {
		return
	}
	for i := range left {
		s.heard = append(s.heard, left[i], right[i])
	}
}

// start starts a pinned stream where that is granted, else one that is not: Granted
// says which it is.
func (s *stream) start() error {
	err := s.Start()
	var refused *rt.PrivilegeError
	if !errors.As(err, &refused) || !s.config.Pinned {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	s.config.Pinned = false
	if s.Stream, err = audio.Open(s.config, &audiodemo.Synth{}); err != nil {
		return err
	}
	return s.Start()
}

func (s *stream) counts() (allocs, blocks uint64) {
	st := s.Stats()
	return st.Allocs, st.Blocks
}

func (s *stream) exec() (p50, p99 int64) {
	st := s.Stats()
	return st.Exec.P50, st.Exec.P99
}

func (s *stream) stop(p *Played) error {
	failed := s.Err()
	if err := s.Stop(); err != nil {
		return err
	}
	p.Cycles, p.Heard = s.cycles, s.heard
	g := s.Granted()
	p.Granted = fmt.Sprintf("%v, %v", g.Mode, g.Policy)
	if failed != nil {
		return failed
	}
	return s.Close()
}

// quantiles sorts the durations.
func quantiles(ns []int64) (p50, p99 int64) {
	if len(ns) == 0 {
		return 0, 0
	}
	ns = slices.Clone(ns)
	slices.Sort(ns)
	return at(ns, .5), at(ns, .99)
}

// at is a quantile of sorted values: the smallest that a share p does not exceed.
func at(sorted []int64, p float64) int64 {
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}
