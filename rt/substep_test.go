package rt

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSubStepsRefused(t *testing.T) {
	step := func(*Tick) error { return nil }
	for _, c := range []struct {
		child SubStep
		field string
		text  string
	}{
		{SubStep{Step: step}, "LoopConfig.SubSteps[1].Every", "give how many periods of the loop the substep's takes"},
		{SubStep{Every: -1, Step: step}, "LoopConfig.SubSteps[1].Every", "must be 1 or more"},
		{SubStep{Every: 4, Offset: 4, Step: step}, "LoopConfig.SubSteps[1].Offset", "must be 0 to Every−1, 3"},
		{SubStep{Every: 4, Offset: -1, Step: step}, "LoopConfig.SubSteps[1].Offset", "must be 0"},
		{SubStep{Every: 4}, "LoopConfig.SubSteps[1].Step", "nothing to call"},
	} {
		_, s, p := setUpKernel(t, ProcessConfig{})
		children := []SubStep{{Every: 1, Step: step}, c.child}
		_, err := newLoop(LoopConfig{Period: time.Millisecond, SubSteps: children}, s, p)
		wantConfigError(t, err, c.field)
		if err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("error %q does not say %q", err, c.text)
		}
		if children[0].Name != "" {
			t.Error("the caller's substeps were changed")
		}
	}
}

// TestSubSteps: a substep runs in its share of the loop's periods, after the step
// and in order, and what the loop skips is not lost silently.
func TestSubSteps(t *testing.T) {
	const start = 1_000_000_000
	k, s, p := setUpKernel(t, ProcessConfig{})
	type call struct {
		who                    string
		at                     int64 // index of the loop's period
		index, due, skip, ends int64
	}
	var calls []call
	at := int64(0)
	child := func(name string, every, offset int) SubStep {
		return SubStep{Name: name, Every: every, Offset: offset, Step: func(t *Tick) error {
			calls = append(calls, call{name, at, t.Index, (t.Intended - start) / period, t.Skipped, (t.Deadline - start) / period})
			return nil
		}}
	}
	l := mustLoop(t, LoopConfig{SubSteps: []SubStep{child("half", 2, 1), child("third", 3, 0)}}, s, p)
	k.time = start
	err := l.Run(t.Context(), func(tick *Tick) error {
		at = tick.Index
		switch at {
		case 4:
			k.time += 3 * period // skips 5 and 6
		case 8:
			k.time += 9*period + 1 // skips 9 to 17
		case 19:
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The loop's period i is due i+1 periods after the start.
	want := []call{
		{"third", 0, 0, 1, 0, 4},
		{"half", 1, 0, 2, 0, 4},
		{"half", 3, 1, 4, 0, 6}, {"third", 3, 1, 4, 0, 7},
		{"half", 7, 3, 8, 1, 10}, {"third", 7, 2, 7, 0, 10}, // half skipped 5; third was due at 6
		{"half", 18, 8, 18, 4, 20}, {"third", 18, 6, 19, 3, 22},
	}
	if !reflect.DeepEqual(calls, want) {
		t.Errorf("calls\n got %v\nwant %v", calls, want)
	}
	wantStats := []SubStepStats{{"half", 4, 5}, {"third", 4, 3}}
	if got := l.SubSteps(); !reflect.DeepEqual(got, wantStats) {
		t.Errorf("Children %v, want %v", got, wantStats)
	}
}

func TestSubStepEndsTheLoop(t *testing.T) {
	_, s, p := setUpKernel(t, ProcessConfig{})
	failure := errors.New("planner")
	l := mustLoop(t, LoopConfig{SubSteps: []SubStep{
		{Every: 5, Offset: 4, Step: func(*Tick) error { return failure }},
		{Every: 5, Offset: 4, Step: func(*Tick) error { t.Error("stepped after the end"); return nil }},
	}}, s, p)
	for range 2 { // the second run begins anew
		if err := l.Run(t.Context(), func(*Tick) error { return nil }); !errors.Is(err, failure) {
			t.Errorf("error %v, want the child's", err)
		}
		if got := l.Stats().Ticks; got != 5 {
			t.Errorf("%d ticks, want 5", got)
		}
	}
	if got := l.SubSteps()[0].Name; got != "substep 0" {
		t.Errorf("substep without a name is called %q", got)
	}
}

// TestWarmUpOfSubSteps: what substeps did in the warm-up is left out of their counts.
func TestWarmUpOfSubSteps(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{WarmUp: 5, SubSteps: []SubStep{{Every: 2, Step: func(*Tick) error { return nil }}}}, s, p)
	if _, err := script(t, k, l, make([]int64, 8)...); err != nil {
		t.Fatal(err)
	}
	// Of the periods 0 to 8, of which the last one ends the loop, 5 to 8 are counted.
	if got, want := l.SubSteps()[0], (SubStepStats{Name: "substep 0", Ticks: 1}); got != want || l.Stats().Ticks != 4 {
		t.Errorf("%v in %d ticks, want %v in 4", got, l.Stats().Ticks, want)
	}
}
