package command

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration // of run, after which it returns 1
		stop  time.Duration // when ctx ends
		want  int
	}{
		{"ends by itself", time.Second, time.Minute, 1},
		{"ends within the grace", 2 * time.Second, 1500 * time.Millisecond, 1},
		{"goes on", time.Hour, time.Second, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.stop)
				defer cancel()
				begun := time.Now()
				code := Run(ctx, time.Second, func() int { time.Sleep(c.takes); return 1 }, func(ended <-chan int) int {
					if d := time.Since(begun); d != c.stop+time.Second {
						t.Errorf("late after %v", d)
					}
					if len(ended) > 0 {
						t.Error("late, though the command has ended")
					}
					return 2
				})
				time.Sleep(c.takes) // so that no goroutine is left
				if code != c.want {
					t.Errorf("exit code %d, want %d", code, c.want)
				}
			})
		})
	}
}
