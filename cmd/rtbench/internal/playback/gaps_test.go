package playback

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
)

// tape is a recording of one channel, made block by block, and the sound it is of.
type tape struct {
	sound    *sound
	captured []jackprobe.Cycle
	heard    []float32
	at       int // the frame of the sound that comes next
	lost     int // the frames of cycles in which the recorder was not called
}

// newTape has a sound of so many blocks.
func newTape(t *testing.T, blocks int) *tape {
	t.Helper()
	rendered, err := render(testRate, testFrames, blocks*testFrames)
	if err != nil {
		t.Fatal(err)
	}
	return &tape{sound: &sound{frames: Channel(rendered, 0)}, at: 10 * testFrames}
}

// add records one block.
func (p *tape) add(block []float32) {
	i := len(p.captured)
	begin := int64(i+1) * testPeriod
	p.captured = append(p.captured, jackprobe.Cycle{Begin: begin, Entry: begin, End: begin, Frame: uint32(1000 + i*testFrames + p.lost), N: testFrames})
	p.heard = append(p.heard, block...)
}

// lose leaves n cycles out of the recording.
func (p *tape) lose(n int) { p.lost += n * testFrames }

func (p *tape) block(at int) []float32 {
	return append([]float32(nil), p.sound.frames[at:at+testFrames]...)
}

// play records n blocks as they should be.
func (p *tape) play(n int) {
	for range n {
		p.add(p.block(p.at))
		p.at += testFrames
	}
}

// silence records n blocks of silence while the sound goes on.
func (p *tape) silence(n int) {
	for range n {
		p.add(make([]float32, testFrames))
		p.at += testFrames
	}
}

// all is a window that holds every cycle.
var all = window{0, math.MaxInt64}

func (p *tape) listen(w window, k *control) Gaps {
	return count(p.sound.listen(p.captured, p.heard, w, k))
}

func TestGaps(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(p *tape)
		want Gaps
	}{
		{"none", func(p *tape) {}, Gaps{}},
		{"a silent block", func(p *tape) { p.silence(1) }, Gaps{Gaps: 1, Frames: 64}},
		{"three silent blocks in a row", func(p *tape) { p.silence(3) }, Gaps{Gaps: 1, Frames: 192}},
		{"two silent blocks apart", func(p *tape) { p.silence(1); p.play(1); p.silence(1) }, Gaps{Gaps: 2, Frames: 128}},
		{"silence, after which the sound has waited", func(p *tape) { p.silence(1); p.at -= testFrames }, Gaps{Gaps: 2, Frames: 128}},
		{"a block left out", func(p *tape) { p.at += testFrames }, Gaps{Gaps: 1, Frames: 64}},
		{"ten blocks left out", func(p *tape) { p.at += 10 * testFrames }, Gaps{Gaps: 1, Frames: 64}},
		{"one frame left out", func(p *tape) { p.at++ }, Gaps{Gaps: 1, Frames: 1}},
		{"one frame repeated", func(p *tape) { p.at-- }, Gaps{Gaps: 1, Frames: 1}},
		{"a block twice, and the next one", func(p *tape) { p.at -= testFrames }, Gaps{Gaps: 1, Frames: 64}},
		{"a block again in place of another", func(p *tape) { p.at -= testFrames; p.play(1); p.at += testFrames }, Gaps{Gaps: 2, Frames: 128}},
		{"a sample changed", func(p *tape) {
			block := p.block(p.at)
			block[17] += 1e-6
			p.add(block)
			p.at += testFrames
		}, Gaps{Gaps: 1, Frames: 1}},
		{"the second half of a block missing", func(p *tape) {
			block := p.block(p.at)
			clear(block[32:])
			p.add(block)
			p.at += testFrames
		}, Gaps{Gaps: 1, Frames: 32}},
		{"a fade to silence", func(p *tape) {
			block := p.block(p.at)
			for i := range block {
				block[i] *= 1 - float32(i+1)/64
			}
			p.add(block)
			p.at += testFrames
			p.silence(2)
		}, Gaps{Gaps: 1, Frames: 192}},
		{"minus zero for zero", func(p *tape) {
			p.sound.frames[p.at+5] = 0
			block := p.block(p.at)
			block[5] = float32(math.Copysign(0, -1))
			p.add(block)
			p.at += testFrames
		}, Gaps{}},
		{"the recorder not called, and the sound has gone on", func(p *tape) { p.at += 2 * testFrames; p.lose(2) }, Gaps{Gaps: 1, Frames: 128}},
		{"the recorder not called, and the sound has waited", func(p *tape) { p.lose(3) }, Gaps{Gaps: 1, Frames: 192}},
		{"called again at once", func(p *tape) { p.lost -= testFrames }, Gaps{}},
		{"called again at once, with silence", func(p *tape) { p.lost -= testFrames; p.silence(1) }, Gaps{Gaps: 1, Frames: 64}},
	} {
		p := newTape(t, 200)
		p.play(20)
		c.play(p)
		p.play(20)
		if got := p.listen(all, nil); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestSharedGaps: gaps of the stream that touch one of C are the server's, whichever of the
// two recordings begins first.
func TestSharedGaps(t *testing.T) {
	for _, c := range []struct {
		name          string
		stream, ofC   func(p *tape)
		gaps, sharing int
	}{
		{"none of C", func(p *tape) { p.silence(1) }, func(p *tape) { p.play(1) }, 1, 0},
		{"the same cycle", func(p *tape) { p.silence(1) }, func(p *tape) { p.silence(1) }, 1, 1},
		{"a cycle later", func(p *tape) { p.silence(1) }, func(p *tape) { p.play(1); p.silence(1) }, 1, 1},
		{"a cycle earlier", func(p *tape) { p.play(1); p.silence(1) }, func(p *tape) { p.silence(1) }, 1, 1},
		{"three cycles later", func(p *tape) { p.silence(1) }, func(p *tape) { p.play(3); p.silence(1) }, 1, 0},
		{"three cycles earlier", func(p *tape) { p.play(3); p.silence(1) }, func(p *tape) { p.silence(1) }, 1, 0},
		{"within a long one", func(p *tape) { p.silence(9) }, func(p *tape) { p.play(4); p.silence(1) }, 1, 1},
		{"around a short one", func(p *tape) { p.play(4); p.silence(1) }, func(p *tape) { p.silence(9) }, 1, 1},
		{"one of two", func(p *tape) { p.silence(1); p.play(5); p.silence(1) }, func(p *tape) { p.play(6); p.silence(1) }, 2, 1},
		{"lost by both", func(p *tape) { p.lose(2) }, func(p *tape) { p.lose(2) }, 1, 1},
	} {
		stream, ofC := newTape(t, 200), newTape(t, 200)
		stream.play(20)
		ofC.lose(5) // its recorder began later
		ofC.play(15)
		c.stream(stream)
		c.ofC(ofC)
		stream.play(20)
		ofC.play(20)
		found := stream.sound.listen(stream.captured, stream.heard, all, nil)
		share(found, ofC.sound.listen(ofC.captured, ofC.heard, all, nil), testFrames)
		if got := count(found); got.Gaps != c.gaps || got.Shared != c.sharing {
			t.Errorf("%s: %d of %d gaps, want %d of %d", c.name, got.Shared, got.Gaps, c.sharing, c.gaps)
		}
	}
}

// TestGapsAtTheEnds: a recording may begin within a block; silence from there on, or up
// to its end, is a gap.
func TestGapsAtTheEnds(t *testing.T) {
	torn := func() *tape {
		p := newTape(t, 200)
		block := p.block(p.at)
		clear(block[:20])
		p.add(block)
		p.at += testFrames
		return p
	}
	p := torn()
	p.play(10)
	if got := p.listen(all, nil); got != (Gaps{}) {
		t.Errorf("begun within a block: %+v", got)
	}
	p = torn()
	p.silence(10)
	if got, want := p.listen(all, nil), (Gaps{Gaps: 1, Frames: 640}); got != want {
		t.Errorf("nothing but silence: %+v, want %+v", got, want)
	}
	p = newTape(t, 200)
	p.play(10)
	p.silence(3)
	if got, want := p.listen(all, nil), (Gaps{Gaps: 1, Frames: 192}); got != want {
		t.Errorf("silent at the end: %+v, want %+v", got, want)
	}
	if got := (&sound{}).listen(nil, nil, all, nil); got != nil {
		t.Errorf("nothing recorded: %+v", got)
	}
}

// TestGapsOfAWindow: cycles outside of the window do not count, and the sound is
// followed through them.
func TestGapsOfAWindow(t *testing.T) {
	p := newTape(t, 200)
	p.play(5)
	p.silence(1) // cycle 5
	p.play(4)
	p.at += testFrames // before cycle 10
	p.play(5)
	p.silence(2) // cycles 15 and 16
	p.play(5)
	cycles := func(from, to int64) window { return window{(from + 1) * testPeriod, (to + 1) * testPeriod} }
	for _, c := range []struct {
		w    window
		want Gaps
	}{
		{cycles(0, 5), Gaps{}},
		{cycles(5, 6), Gaps{Gaps: 1, Frames: 64}},
		{cycles(6, 10), Gaps{}},
		{cycles(10, 15), Gaps{Gaps: 1, Frames: 64}},
		{cycles(16, 22), Gaps{Gaps: 1, Frames: 64}},
		{cycles(0, 22), Gaps{Gaps: 3, Frames: 256}},
	} {
		if got := p.listen(c.w, nil); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.w, got, c.want)
		}
	}
}

// TestGapsExempt: a gap is exempt where C was late in each of its cycles, or in the one
// before, and only there.
func TestGapsExempt(t *testing.T) {
	p := newTape(t, 200)
	p.play(5)
	p.silence(3) // cycles 5 to 7
	p.play(5)
	for _, c := range []struct {
		name string
		late []int
		want Gaps
	}{
		{"in time", nil, Gaps{Gaps: 1, Frames: 192}},
		{"late in all", []int{5, 6, 7}, Gaps{Exempt: 1}},
		{"late before", []int{4, 5, 6}, Gaps{Exempt: 1}},
		{"late in the first alone", []int{5}, Gaps{Gaps: 1, Frames: 192}},
		{"late in the last alone", []int{7}, Gaps{Gaps: 1, Frames: 192}},
		{"late after", []int{8, 9}, Gaps{Gaps: 1, Frames: 192}},
	} {
		control := append([]jackprobe.Cycle(nil), p.captured...)
		for _, i := range c.late {
			control[i].End += 2 * testPeriod
		}
		if got := p.listen(all, newControl(control, testPeriod)); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestGapsExemptWhereLost: the cycles in which the recorder was not called are exempt where
// C was late, or not called, in all of them.
func TestGapsExemptWhereLost(t *testing.T) {
	p := newTape(t, 200)
	p.play(5)
	p.lose(3)
	p.play(5)
	control := append([]jackprobe.Cycle(nil), p.captured...)
	if got, want := p.listen(all, newControl(control, testPeriod)), (Gaps{Exempt: 1}); got != want {
		t.Errorf("C was called in none of three: %+v, want %+v", got, want)
	}
	called := control[4]
	called.Frame += 2 * testFrames
	if got, want := p.listen(all, newControl(append(control, called), testPeriod)), (Gaps{Gaps: 1, Frames: 192}); got != want {
		t.Errorf("C was in time in one of three: %+v, want %+v", got, want)
	}
}

// TestGapsOfBothChannels: the worse channel counts, and C's gaps are counted apart; one is
// in the same cycle.
func TestGapsOfBothChannels(t *testing.T) {
	_, captured, rendered := stretch(t, 40)
	heard := append([]float32(nil), rendered...)
	for i := 20 * testFrames; i < 21*testFrames; i++ {
		heard[2*i+1] = 0
	}
	reference := Channel(rendered, 0)
	clear(reference[5*testFrames : 6*testFrames])
	clear(reference[7*testFrames : 8*testFrames])
	clear(reference[20*testFrames : 21*testFrames])
	r := recording{captured: captured, heard: heard, ofControl: captured, reference: reference}
	got, c := r.gapsIn(rendered, nil)(all)
	if want := []Gap{{From: 20 * testFrames, Frames: testFrames, Shared: true, number: captured[20].Frame}}; !slices.Equal(got, want) || c.Gaps != 3 {
		t.Errorf("%+v and %+v of C, want %+v and 3", got, c, want)
	}
}

// TestDuring: the samples of a window alone, with silence where the recorder was not
// called.
func TestDuring(t *testing.T) {
	_, captured, rendered := stretch(t, 10)
	captured = append(captured[:5:5], captured[7:]...)
	heard := append(append([]float32(nil), rendered[:2*5*testFrames]...), rendered[2*7*testFrames:]...)
	got := during(recording{captured: captured, heard: heard}, window{2 * testPeriod, 9 * testPeriod})
	want := append([]float32(nil), rendered[2*testFrames:2*8*testFrames]...)
	clear(want[2*4*testFrames : 2*6*testFrames])
	if !slices.Equal(got, want) {
		t.Errorf("%d samples, want %d, or others", len(got), len(want))
	}
}

// TestPlace: any block is found wherever it begins, and of a sound that repeats itself
// the nearest one.
func TestPlace(t *testing.T) {
	p := newTape(t, 100)
	for at := range 300 {
		if got := p.sound.place(p.sound.frames[at:at+testFrames], 0); got != at {
			t.Fatalf("frame %d is found at %d", at, got)
		}
	}
	if got := p.sound.place(p.sound.frames[3:3+shortest], 0); got != 3 {
		t.Errorf("the shortest block is found at %d, want 3", got)
	}
	if got := p.sound.place(p.sound.frames[3:3+shortest-1], 0); got != -1 {
		t.Errorf("a shorter one is found at %d", got)
	}
	for _, again := range []int{1000, 1001} { // at a multiple of the stride, and not
		once := p.sound.frames[:again]
		twice := &sound{frames: append(append([]float32(nil), once...), once...)}
		for _, c := range []struct{ near, want int }{{0, 100}, {590, 100}, {610, 100 + again}, {2000, 100 + again}} {
			if got := twice.place(once[100:164], c.near); got != c.want {
				t.Errorf("again at %d, near %d: found at %d, want %d", again, c.near, got, c.want)
			}
		}
	}
}

// TestGapsAsCounted compares with a count of the changes made to a recording, at random.
func TestGapsAsCounted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	p := newTape(t, 4000)
	p.play(3)
	var want Gaps
	for range 300 {
		switch random.IntN(3) {
		case 0:
			n := 1 + random.IntN(4)
			p.silence(n)
			want.Gaps++
			want.Frames += n * testFrames
		case 1:
			skip := 1 + random.IntN(200)
			p.at += skip
			want.Gaps++
			want.Frames += min(skip, testFrames)
		case 2:
			back := 1 + random.IntN(200)
			p.at -= back
			want.Gaps++
			want.Frames += min(back, testFrames)
		}
		p.play(1 + random.IntN(5))
	}
	if got := p.listen(all, nil); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
