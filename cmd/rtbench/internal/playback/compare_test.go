package playback

import (
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
)

const (
	testRate, testFrames = 48000, 64
	testPeriod           = int64(testFrames) * 1e9 / testRate
)

// stretch is n cycles of a stream that is never late, and what a capture of them
// hears.
func stretch(t *testing.T, n int) (cycles []Cycle, captured []jackprobe.Cycle, rendered []float32) {
	t.Helper()
	rendered, err := render(testRate, testFrames, n*testFrames)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		begin := int64(i+1) * testPeriod
		number := uint32(1000 + i*testFrames)
		cycles = append(cycles, Cycle{
			Frame: int64(i * testFrames), N: testFrames, Number: number,
			Begin: begin, Entry: begin + 50_000, End: begin + 90_000,
		})
		captured = append(captured, jackprobe.Cycle{Begin: begin, Entry: begin + 100_000, End: begin + 101_000, Frame: number, N: testFrames})
	}
	return cycles, captured, rendered
}

func TestComparison(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(cycles []Cycle, captured []jackprobe.Cycle, heard []float32)
		want  Comparison
	}{
		{"as rendered", func([]Cycle, []jackprobe.Cycle, []float32) {}, Comparison{Frames: 640}},
		{"one sample is off", func(_ []Cycle, _ []jackprobe.Cycle, heard []float32) { heard[501] += 1e-7 }, Comparison{Frames: 640, Differing: 1}},
		{"a substitute", func(cycles []Cycle, _ []jackprobe.Cycle, heard []float32) {
			cycles[3].Substituted = true
			clear(heard[3*128 : 4*128])
		}, Comparison{Frames: 576, Skipped: 64}},
		{"late", func(cycles []Cycle, _ []jackprobe.Cycle, _ []float32) { cycles[4].End += testPeriod }, Comparison{Frames: 512, Skipped: 128}},
		{"called twice in a cycle", func(cycles []Cycle, _ []jackprobe.Cycle, _ []float32) { cycles[5].Number = cycles[4].Number }, Comparison{Frames: 512, Skipped: 128}},
		{"captured twice in a cycle", func(_ []Cycle, captured []jackprobe.Cycle, heard []float32) {
			captured[5].Frame = captured[4].Frame
			clear(heard[5*128 : 6*128])
		}, Comparison{Frames: 512, Skipped: 128}},
		{"captured before it was played", func(_ []Cycle, captured []jackprobe.Cycle, _ []float32) { captured[5].Entry -= 50_000 }, Comparison{Frames: 576, Skipped: 64}},
		{"captured while the next was played", func(_ []Cycle, captured []jackprobe.Cycle, _ []float32) { captured[5].End += testPeriod }, Comparison{Frames: 576, Skipped: 64}},
		{"a cycle that the stream was not called in", func(cycles []Cycle, _ []jackprobe.Cycle, _ []float32) { cycles[6].Number = 7 }, Comparison{Frames: 576, Skipped: 64}},
	} {
		cycles, captured, rendered := stretch(t, 10)
		heard := append([]float32(nil), rendered...)
		c.spoil(cycles, captured, heard)
		got := compareCaptured(captured, heard, cycles, rendered, testPeriod)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if got.Exact() != (c.want.Differing == 0) {
			t.Errorf("%s: Exact is %v", c.name, got.Exact())
		}
	}
	if (Comparison{Skipped: 64}).Exact() {
		t.Error("what compared nothing is exact")
	}
}

func TestFiguresExcuseWhatCMissedToo(t *testing.T) {
	cycles, captured, _ := stretch(t, 10)
	cycles[2].End += testPeriod // late, C was not
	cycles[3].Missed = true     // C was late
	cycles[4].Missed = true     // C was not called
	cycles[5].Missed = true     // C was in time
	cycles[5].End += testPeriod // a miss counts once
	cycles[6].Xrun = true
	cycles[7].Missed = true // called when the period was nearly over
	cycles[7].Entry = cycles[7].Begin + testPeriod*95/100
	cycles[7].End = cycles[7].Entry
	cycles[8].Missed = true // C itself woke up late
	cycles[8].Deadline = cycles[8].Begin + testPeriod/2
	cycles[8].End = cycles[8].Begin + testPeriod*4/5
	cycles[9].Deadline = cycles[9].End - testPeriod/2 // and was in time all the same
	control := append([]jackprobe.Cycle(nil), captured...)
	control[3].End += testPeriod
	control = append(control[:4], control[5:]...)
	got := figuresOf(cycles, window{0, 100 * testPeriod}, testPeriod, newControl(control, testPeriod))
	want := Figures{
		Callbacks: 10, Late: 1, Misses: 5, Xruns: 1, P50: 40_000, P99: 40_000 + testPeriod, Max: 40_000 + testPeriod,
		ResponseP99: 90_000 + testPeriod, ResponseMax: 90_000 + testPeriod,
		ControlLate: 2, LateOutside: 1, MissesOutside: 3, CodeInC: 2,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if f := figuresOf(cycles, window{3 * testPeriod, 5 * testPeriod}, testPeriod, nil); f.Callbacks != 2 || f.MissesOutside != 1 {
		t.Errorf("a window of two cycles: %+v", f)
	}
}

func TestConfigNamesTheFlag(t *testing.T) {
	good := Config{Long: 1e9, Server: Auto, Frames: 64}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*Config){
		func(c *Config) { c.Long = 0 },
		func(c *Config) { c.Frames = 65 },
		func(c *Config) { c.Server = "pulse" },
		func(c *Config) { c.Busy = -1 },
		func(c *Config) { c.Garbage = 100 },
	} {
		c := good
		spoil(&c)
		if err := c.Validate(); err == nil || err.Error()[:2] != "--" {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
