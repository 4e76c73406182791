package rttest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// drive runs steps that take so many microseconds each, of a loop with a period
// of 1 ms, and writes the ticks in microseconds as "index@intended+late" with the
// skipped ones in front.
func drive(t *testing.T, o rt.Overrun, late map[int64]int, takes ...int) (ticks string, err error) {
	t.Helper()
	clock := &Clock{Late: func(i int64) time.Duration { return time.Duration(late[i]) * time.Microsecond }}
	var b strings.Builder
	n := 0
	err = Run(clock, rt.LoopConfig{Period: time.Millisecond, Overrun: o}, len(takes), func(tick *rt.Tick) error {
		fmt.Fprintf(&b, " %s%d@%d+%d", strings.Repeat("-", int(tick.Skipped)), tick.Index, tick.Intended/1000, (tick.Now-tick.Intended)/1000)
		if tick.Deadline != tick.Intended+1_000_000 || clock.Now() != tick.Now {
			t.Errorf("%+v at %d", tick, clock.Now())
		}
		clock.Advance(time.Duration(takes[n]) * time.Microsecond)
		n++
		*tick = rt.Tick{}
		return nil
	})
	return b.String(), err
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		overrun rt.Overrun
		late    map[int64]int
		takes   []int
		want    string
	}{
		{rt.Skip, nil, []int{0, 500, 999, 0}, " 0@1000+0 1@2000+0 2@3000+0 3@4000+0"},
		{rt.Skip, map[int64]int{1: 30}, []int{0, 0, 0}, " 0@1000+0 1@2000+30 2@3000+0"},
		{rt.Skip, nil, []int{1000, 1001, 0}, " 0@1000+0 1@2000+0 -3@4000+0"},
		{rt.Skip, nil, []int{3500, 0}, " 0@1000+0 ---4@5000+0"},
		{rt.CatchUp(1), nil, []int{3500, 0, 0}, " 0@1000+0 --3@4000+500 4@5000+0"},
		{rt.CatchUp(9), nil, []int{2500, 0, 0, 0}, " 0@1000+0 1@2000+1500 2@3000+500 3@4000+0"},
		{rt.Rebase, nil, []int{1500, 0, 0}, " 0@1000+0 1@3500+0 2@4500+0"},
		{rt.Stop, nil, []int{1000, 0}, " 0@1000+0 1@2000+0"},
	} {
		got, err := drive(t, c.overrun, c.late, c.takes...)
		if err != nil || got != c.want {
			t.Errorf("%v, %v: got %s, %v; want %s", c.overrun, c.takes, got, err, c.want)
		}
	}
	if got, err := drive(t, rt.Stop, nil, 0, 1001, 0); !errors.Is(err, rt.ErrOverrun) || got != " 0@1000+0 1@2000+0" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestRunEnds(t *testing.T) {
	broken := errors.New("broken")
	c := rt.LoopConfig{Period: time.Second}
	for _, want := range []error{broken, rt.ErrStop} {
		calls := 0
		err := Run(new(Clock), c, 10, func(*rt.Tick) error { calls++; return want })
		if calls != 1 || want == broken && !errors.Is(err, broken) || want == rt.ErrStop && err != nil {
			t.Errorf("%v: %d calls, %v", want, calls, err)
		}
	}
	nothing := func(*rt.Tick) error { return nil }
	for _, err := range []error{
		Run(new(Clock), rt.LoopConfig{}, 1, nothing),
		Run(nil, c, 1, nothing),
		Run(new(Clock), c, 1, nil),
		Run(new(Clock), c, -1, nothing),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "rttest: ") {
			t.Errorf("%v", err)
		}
	}
	clock := new(Clock)
	clock.Advance(-time.Second)
	if clock.Now() != 0 {
		t.Error("time ran backwards")
	}
}
