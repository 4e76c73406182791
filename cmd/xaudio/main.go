package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/internal/jackd"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio"
)

type synth struct{ ph, z float64 }

func (s *synth) Prepare(audio.Spec) error { return nil }
func (s *synth) Reset()                   {}
func (s *synth) Process(b *audio.Block) {
	for i := range b.N {
		s.ph += 440.0 / 48000
		v := float32(math.Sin(2 * math.Pi * s.ph))
		for c := range b.Out {
			b.Out[c][i] = v
		}
	}
}

type node struct {
	l, r *node
	v    [6]int
}

func mk(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{l: mk(d - 1), r: mk(d - 1)}
}

var kept *node
var sink atomic.Uint64

func main() {
	mode := flag.String("mode", "handoff", "")
	secs := flag.Int("s", 5, "")
	busy := flag.Int("busy", 2, "")
	gar := flag.Int("garbage", 0, "")
	gmp := flag.Int("p", 4, "")
	gc := flag.Int("gc", 100, "")
	pinned := flag.Bool("pinned", false, "")
	keep := flag.Int("keep", 0, "")
	prio := flag.Int("prio", 0, "")
	flag.Parse()
	s, err := jackd.Start(context.Background(), jackd.Config{})
	if err != nil {
		panic(err)
	}
	defer s.Stop()
	os.Setenv("JACK_DEFAULT_SERVER", s.Name())
	if os.Getenv("PROF") != "" {
		runtime.MemProfileRate = 1
		defer func() { f, _ := os.Create("/tmp/mem.prof"); pprof.Lookup("allocs").WriteTo(f, 0); f.Close() }()
	}
	if !*pinned {
		runtime.GOMAXPROCS(*gmp)
		debug.SetGCPercent(*gc)
	}
	var cycles []audio.Cycle
	cycles = make([]audio.Cycle, 0, 1<<20)
	if *pinned {
		_, err := rt.Setup(rt.ProcessConfig{Loops: 1, Keep: rt.Keep(*keep)})
		if err != nil {
			panic(err)
		}
	}
	c := audio.Config{Pinned: *pinned, Priority: *prio, HostAPI: "JACK", Device: "system", OnCycle: func(c audio.Cycle) { cycles = append(cycles, c) }}
	switch *mode {
	case "direct":
		c.Mode = audio.Direct
	case "blocking":
		c.Mode = audio.Blocking
	case "sim":
		c.Backend = audio.Sim
		c.HostAPI, c.Device = "", ""
	}
	st, err := audio.Open(c, &synth{})
	if err != nil {
		panic(err)
	}
	if err := st.Start(); err != nil {
		panic(err)
	}
	time.Sleep(500 * time.Millisecond)
	fmt.Println(st.Granted())
	s0 := st.Stats()
	time.Sleep(time.Second)
	s1 := st.Stats()
	fmt.Println("quiet allocs", s1.Allocs-s0.Allocs, "blocks", s1.Blocks-s0.Blocks)
	for range *busy {
		go func() {
			x := uint64(1)
			for {
				for i := 0; i < 1000; i++ {
					x = x*6364136223846793005 + 1
				}
				sink.Add(x)
			}
		}()
	}
	for range *gar {
		go func() {
			kept = mk(14)
			for {
				n := mk(10)
				sink.Add(uint64(n.v[0]))
				time.Sleep(200 * time.Microsecond)
			}
		}()
	}
	time.Sleep(500 * time.Millisecond)
	_ = st.Stats()
	i0 := len(cycles)
	var m0, m1 debug.GCStats
	debug.ReadGCStats(&m0)
	b := st.Stats()
	time.Sleep(time.Duration(*secs) * time.Second)
	a := st.Stats()
	debug.ReadGCStats(&m1)
	fmt.Println(st.Stop(), st.Err())
	var dur, ent, resp []int64
	for _, c := range cycles[i0:] {
		dur = append(dur, c.End-c.Entry)
		ent = append(ent, c.Entry-c.Begin)
		resp = append(resp, c.End-c.Begin)
	}
	for i, c := range cycles[i0:] {
		if c.Missed || c.End-c.Entry > 300000 {
			fmt.Printf("  #%d n %d entry %d dur %d missed %v late %v xrun %v\n", i, c.Number, (c.Entry-c.Begin)/1000, (c.End-c.Entry)/1000, c.Missed, c.Late, c.XrunOut)
		}
	}
	fmt.Printf("%+v\n", a)
	for n, v := range map[string][]int64{"dur": dur, "entry": ent, "resp": resp} {
		slices.Sort(v)
		if len(v) > 0 {
			fmt.Printf("%s p50 %.1f p99 %.1f p999 %.1f max %.1f\n", n, float64(v[len(v)/2])/1e3, float64(v[len(v)*99/100])/1e3, float64(v[len(v)*999/1000])/1e3, float64(v[len(v)-1])/1e3)
		}
	}
	fmt.Printf("%s cycles %d misses %d late %d xruns %d lostP %d gcs %d exec p50 %d p99 %d\n", *mode, a.Callbacks-b.Callbacks, a.Misses-b.Misses, a.Late-b.Late, a.XrunsOut-b.XrunsOut, a.LostP-b.LostP, m1.NumGC-m0.NumGC, a.Exec.P50, a.Exec.P99)
	fmt.Println(st.Close())
}
