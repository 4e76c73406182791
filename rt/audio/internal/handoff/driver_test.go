package handoff

import (
	"slices"
	"testing"
)

// ticking is a clock that moves by one at each look, and a worker that serves the
// exchange between two looks while it is there.
type ticking struct {
	now    int64
	worker *Worker
	there  bool
}

func (k *ticking) read() int64 {
	k.now++
	if k.there && k.worker.Pending() {
		var b Block
		k.worker.Accept(&b)
		for _, out := range b.Out {
			for i := range out[:b.N] {
				out[i] = 1
			}
		}
		k.worker.Done()
	}
	return k.now
}

func newTicking(t *testing.T, c Config) (*ticking, *Region, *Driver) {
	k := &ticking{}
	c.Out, c.MaxFrames, c.Records, c.Portable, c.Now = 1, 8, 8, true, k.read
	r := newRegion(t, c)
	k.worker, k.there = r.Worker(), true
	return k, r, r.Driver()
}

// TestDeadlineInProportion to the cycle's period, from its beginning, and least from
// the call.
func TestDeadlineInProportion(t *testing.T) {
	_, r, d := newTicking(t, Config{Period: 1000, Budget: 900, Least: 500})
	for _, c := range []struct{ begin, entry, period, want int64 }{
		{100, 110, 0, 1000}, {100, 110, 1000, 1000}, {100, 110, 4000, 3700}, {100, 700, 0, 1200}, {100, 2500, 4000, 4500},
	} {
		var b Block
		y := cycle(0, 1, 4)
		y.Begin, y.Entry, y.Period = c.begin, c.entry, c.period
		d.Inline(y, r.Worker(), &b, func() {})
		if b.Deadline != c.want || b.Begin != c.begin {
			t.Errorf("%+v: deadline %d of a cycle at %d", c, b.Deadline, b.Begin)
		}
	}
}

// TestChanged marks the first block of another size, and the first after Reformat.
func TestChanged(t *testing.T) {
	_, r, d := newTicking(t, Config{Period: 1000, Budget: 900})
	var got []bool
	for i, n := range []int{4, 4, 8, 8, 2, 2, 2} {
		if i == 6 {
			r.Reformat()
		}
		var b Block
		d.Inline(cycle(0, 1, n), r.Worker(), &b, func() {})
		got = append(got, b.Flags&Changed != 0)
	}
	if want := []bool{false, false, true, false, true, false, true}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestLateByThePeriod of the cycle: one that ends with it is not late.
func TestLateByThePeriod(t *testing.T) {
	k, r, d := newTicking(t, Config{Period: 1000, Budget: 900})
	for _, c := range []struct {
		period, took int64
		late         uint64
	}{{0, 1000, 0}, {0, 1001, 1}, {4000, 4000, 0}, {4000, 4001, 1}} {
		var b Block
		y := cycle(0, 1, 4)
		y.Begin, y.Period = k.now, c.period
		before := r.Counters().Late
		d.Inline(y, r.Worker(), &b, func() { k.now = y.Begin + c.took - 1 }) // the look at the end is one more
		if got := r.Counters().Late - before; got != c.late {
			t.Errorf("%+v: %d late", c, got)
		}
	}
}

// TestAway: after eight misses in a row a worker with a block in work is not waited
// for, until it has handed that back.
func TestAway(t *testing.T) {
	k, _, d := newTicking(t, Config{Period: 1000, Budget: 50})
	exchange := func() (missed bool, looks int64) {
		y := cycle(0, 1, 4)
		y.Begin, y.Entry = k.now, k.now
		missed = d.Exchange(y)
		return missed, k.now - y.Begin
	}
	for round := range 2 {
		k.there = true
		if missed, _ := exchange(); missed {
			t.Fatalf("round %d: missed with the worker there", round)
		}
		k.there = false
		for i := range 10 {
			missed, looks := exchange()
			if waited := looks >= 50; !missed || waited != (i < 8) {
				t.Errorf("round %d, miss %d: missed %v after %d looks", round, i, missed, looks)
			}
		}
		k.there = true
		k.read() // hands the block back
	}
}

// TestGates: a shut gate substitutes at once, without the worker; Paused falls to
// silence whatever OnMiss says, and the next block rises. The frames of all cycles are
// counted.
func TestGates(t *testing.T) {
	for _, inline := range []bool{false, true} {
		k, r, d := newTicking(t, Config{Period: 1000, Budget: 50})
		play := func() ([]float32, bool) {
			y := cycle(0, 1, 4)
			y.Begin, y.Entry = k.now, k.now
			if !inline {
				d.Exchange(y)
				return y.Out[0], false
			}
			var b Block
			called := false
			k.there = false
			d.Inline(y, k.worker, &b, func() {
				called = true
				copy(b.Out[0], []float32{1, 1, 1, 1})
			})
			return y.Out[0], called
		}
		for i, c := range []struct {
			gate uint32
			want []float32
		}{
			{Open, []float32{1, 1, 1, 1}}, {Bypassed, []float32{0, 0, 0, 0}}, {Open, []float32{1, 1, 1, 1}},
			{Paused, []float32{0.75, 0.5, 0.25, 0}}, {Paused, []float32{0, 0, 0, 0}}, {Open, []float32{0.25, 0.5, 0.75, 1}},
		} {
			r.Gate(c.gate)
			got, called := play()
			if !slices.Equal(got, c.want) || called != (inline && c.gate == Open) {
				t.Errorf("inline %v, gate %d: plays %v, want %v; called %v", inline, c.gate, got, c.want, called)
			}
			if c.gate == Open && r.frame != int64(4*i) {
				t.Errorf("inline %v, cycle %d: its first frame is %d, want %d", inline, i, r.frame, 4*i)
			}
		}
	}
}
