package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt/env"
	"github.com/memkit-go/memkit/rt/record"
)

// fake measures in virtual time: it takes as long as it is asked to.
type fake func(Job) ([]record.Series, error)

func (f fake) Launch(ctx context.Context, job Job) ([]record.Series, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(job.Params.Duration):
		return f(job)
	}
}

func one(job Job) ([]record.Series, error) {
	return []record.Series{{Name: job.Bench.Name, Kind: record.Latency, Unit: "ns", Ops: 1, Samples: []int64{int64(job.Process)}}}, nil
}

func TestCampaignCollectsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []Progress
		ticks := uint64(0)
		c := Campaign{
			Plan:     mustPlan(t, Config{Benches: benches("a", "b"), Duration: 10 * time.Second}),
			Launch:   fake(one),
			Progress: func(p Progress) { told = append(told, p) },
			CPU: func() (env.CPUTime, error) {
				ticks++
				return env.CPUTime{Steal: ticks, Total: 4 * ticks}, nil
			},
		}
		run, err := c.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, s := range run.Series {
			order = append(order, fmt.Sprint(s.Name, s.Process))
		}
		if got := strings.Join(order, " "); got != "a0 b0 a1 b1 a2 b2 b3 a3 b4 a4" {
			t.Fatalf("measured %s", got)
		}
		for i, s := range run.Series {
			if want := time.Duration(i) * time.Second; s.Start != want.Nanoseconds() {
				t.Fatalf("series %d starts %d ns into the run, want %v", i, s.Start, want)
			}
		}
		if last := told[len(told)-1]; !last.Finished || last.Elapsed != 10*time.Second || last.Number != 10 || last.Of != 10 {
			t.Fatalf("last progress %+v", last)
		}
		if !slices.IsSortedFunc(told, func(a, b Progress) int { return int(a.Elapsed - b.Elapsed) }) {
			t.Fatal("progress went backwards")
		}
		if len(run.Interference) < 10 {
			t.Fatalf("%d looks at steal in 10 s", len(run.Interference))
		}
		for i, f := range run.Interference {
			if f.Steal != .25 || i > 0 && f.At < run.Interference[i-1].At {
				t.Fatalf("interference %d: %+v", i, f)
			}
		}
	})
}

func TestCampaignAsksTheUnavailableOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := Campaign{
			Plan: mustPlan(t, Config{Benches: benches("a", "glibc"), Duration: time.Second}),
			Launch: fake(func(job Job) ([]record.Series, error) {
				if job.Bench.Name == "a" {
					return one(job)
				}
				asked++
				return []record.Series{{Name: "glibc", Kind: record.Batch, Unit: "ns", Ops: 1, Unavailable: "built without cgo"}}, nil
			}),
		}
		run, err := c.Run(t.Context())
		if err != nil || asked != 1 || len(run.Series) != 6 {
			t.Fatalf("asked %d times, %d series, %v", asked, len(run.Series), err)
		}
	})
}

func TestCampaignStopsAtTheFirstFailure(t *testing.T) {
	broken := errors.New("exit status 2")
	for name, c := range map[string]struct {
		launch fake
		want   string
	}{
		"crash":     {func(Job) ([]record.Series, error) { return nil, broken }, "b, process 0: exit status 2"},
		"nothing":   {func(Job) ([]record.Series, error) { return nil, nil }, "b, process 0: measured nothing"},
		"stranger":  {func(Job) ([]record.Series, error) { return one(Job{Bench: benches("z")[0]}) }, `unexpected latency series of "z"`},
		"duplicate": {func(j Job) ([]record.Series, error) { s, _ := one(j); return append(s, s...), nil }, `unexpected latency series of "b"`},
	} {
		synctest.Test(t, func(t *testing.T) {
			launched := 0
			campaign := Campaign{
				Plan: mustPlan(t, Config{Benches: benches("a", "b"), Duration: time.Second}),
				Launch: fake(func(job Job) ([]record.Series, error) {
					if launched++; job.Bench.Name == "a" {
						return one(job)
					}
					return c.launch(job)
				}),
			}
			run, err := campaign.Run(t.Context())
			if len(run.Series) != 1 || err == nil || !strings.Contains(err.Error(), c.want) || launched != 2 {
				t.Errorf("%s: %d launched, %v, want %q", name, launched, err, c.want)
			}
		})
	}
}

func TestCampaignStopsWhenInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(interrupted) })
		c := Campaign{Plan: mustPlan(t, Config{Benches: benches("a"), Duration: 10 * time.Second}), Launch: fake(one)}
		run, err := c.Run(ctx)
		if !errors.Is(err, interrupted) || len(run.Series) == 0 || len(run.Series) == 5 {
			t.Fatalf("%v, %v: want what was measured until then", run, err)
		}
	})
}

func TestSteal(t *testing.T) {
	broken := errors.New("no /proc")
	for name, read := range map[string]func() (env.CPUTime, error){
		"absent":    nil,
		"unreadble": func() (env.CPUTime, error) { return env.CPUTime{}, broken },
		"standing":  func() (env.CPUTime, error) { return env.CPUTime{Steal: 1, Total: 5}, nil },
	} {
		c := Campaign{CPU: read}
		w := c.startStealLog()
		w.sample()
		if len(w.seen) != 0 {
			t.Errorf("%s: saw %v", name, w.seen)
		}
	}
}
