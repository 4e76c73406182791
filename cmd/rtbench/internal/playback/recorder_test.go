//go:build portaudio && cgo && linux

package playback

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt/audio"
)

// captureSource is the C source of a recorder by others, which counts the gaps in a
// ramp: its arguments are seconds, a file, and the ports to listen to.
const captureSource = "MEMKIT_CAPTURE_C"

// faultyRamp counts frames in its samples, and makes faults when it is told to.
type faultyRamp struct {
	begin atomic.Bool
	done  atomic.Int64 // faults so far
	at    int          // the frame that comes next
	block int          // since begin
}

const (
	rampUnit    = 1.0 / (1 << 22)
	faults      = 40
	faultBlocks = 20 // from one to the next
)

func (r *faultyRamp) Prepare(audio.Spec) error { return nil }
func (r *faultyRamp) Reset()                   {}

func (r *faultyRamp) Process(b *audio.Block) {
	kind := -1
	if r.begin.Load() {
		if r.block%faultBlocks == 0 && r.done.Load() < faults {
			kind = int(r.done.Add(1)-1) % 4
		}
		r.block++
	}
	switch kind {
	case 1: // frames left out
		r.at += 100
	case 2: // frames repeated
		r.at -= b.N
	}
	for i := range b.N {
		v := float32(r.at+i) * rampUnit
		if kind == 0 || kind == 3 && i == b.N/2 {
			v = 0 // all of the block, or one sample
		}
		for _, out := range b.Out {
			out[i] = v
		}
	}
	r.at += b.N
}

// lostCycles is how many cycles the recorder was not called in.
func lostCycles(captured []jackprobe.Cycle) (n int) {
	for i, c := range captured[1:] {
		last := captured[i]
		if frames := int32(c.Frame - last.Frame - last.N); frames > 0 {
			n += int(frames) / int(c.N)
		}
	}
	return n
}

// TestRecorderAgainstCapture: the recorder and a recorder by others, in the same server,
// hear as many gaps of a stream, the faults that it makes among them.
func TestRecorderAgainstCapture(t *testing.T) {
	source := os.Getenv(captureSource)
	if source == "" {
		t.Skip("set " + captureSource + " to the C source of another recorder")
	}
	program := filepath.Join(t.TempDir(), "capture")
	if words, err := exec.Command("gcc", "-O2", "-o", program, source, "-ljack", "-lm").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, words)
	}
	server := jackdtest.Start(t)
	ramp := &faultyRamp{}
	s, err := audio.Open(audio.Config{Name: "ramp"}, ramp)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := jackprobe.Open(server.Name(), 20*time.Second, testRate, testFrames)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := (&probe{Probe: p}).attach(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Record(true)
	const seconds = 4
	capture := exec.Command(program, strconv.Itoa(seconds), filepath.Join(t.TempDir(), "heard"), "ramp:out_0")
	time.AfterFunc(time.Second, func() { ramp.begin.Store(true) }) // both listen by then
	words, err := capture.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, words)
	}
	p.Record(false)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if done := ramp.done.Load(); done != faults {
		t.Fatalf("%d faults made of %d", done, faults)
	}
	counts := regexp.MustCompile(`"skipped_cycles":(\d+)(?s:.*) in (\d+) runs, jumps (\d+)`).FindSubmatch(words)
	if counts == nil {
		t.Fatalf("no counts in %q", words)
	}
	var skipped, runs, jumps int
	for i, to := range []*int{&skipped, &runs, &jumps} {
		*to, _ = strconv.Atoi(string(counts[i+1]))
	}
	whole := &sound{frames: make([]float32, 20*testRate)}
	for i := range whole.frames {
		whole.frames[i] = float32(i) * rampUnit
	}
	captured, heard := p.Captured()
	g, lost, stats := count(whole.listen(captured, Channel(heard, 0), all, nil)), lostCycles(captured), s.Stats()
	said := fmt.Sprintf("%d faults made. This recorder: %d gaps, not called in %d cycles. The other: %d runs of zeros and %d jumps, not called in %d. The stream: %d misses, %d late.",
		faults, g.Gaps, lost, runs, jumps, skipped, stats.Misses, stats.Late)
	switch {
	case stats.Misses > 0 || stats.Late > 1 || lost > 0 || skipped > 0:
		t.Skipf("the machine was late, which recorders hear differently: %s", said)
	case g.Gaps != faults || runs+jumps != faults:
		t.Error(said)
	}
	t.Log(said)
}
