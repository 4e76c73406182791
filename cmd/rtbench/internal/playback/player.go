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

// stream plays through package audio.
type stream struct {
	*audio.Stream
	config audio.Config
	cycles []Cycle
	heard  []float32
}

func newStream(j Job) (*stream, error) {
	s := &stream{cycles: make([]Cycle, 0, 2*j.blocks())}
	c := &s.config
	// Beyond what tells its ports from others' and what measures, the zero Config.
	*c = audio.Config{Name: fmt.Sprintf("rtbench-%d", os.Getpid()), OnCycle: s.keep}
	var synth audio.Processor = &audiodemo.Synth{}
	switch j.Mode {
	case Default:
		synth = demo
	case Direct:
		c.Mode = audio.Direct
	case Handoff:
		c.Pinned = true
	case Sim:
		c.Backend, c.Rate, c.Frames = audio.Sim, float64(j.Rate), j.Frames
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
	case Direct:
		// One P more for the device's thread, and room for the collector.
		runtime.GOMAXPROCS(runtime.NumCPU() + 2)
	}
	return nil
}

func (s *stream) keep(c audio.Cycle) {
	s.cycles = append(s.cycles, Cycle{
		Frame: c.Frame, N: c.N, Number: c.Number, Begin: c.Begin, Entry: c.Entry, End: c.End,
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

// quantiles sorts the durations and returns two of their quantiles.
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
