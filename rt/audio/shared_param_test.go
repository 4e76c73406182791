package audio

import (
	"errors"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/targets"
	"github.com/memkit-go/memkit/rt/isolate"
)

var (
	unsteered = NewSharedParam("unsteered", -1, 1, 0.25, Smoothing{})
	steered   = NewSharedParam("steered", 0, 10, 1, Smoothing{})
)

// steering tells each value that steered begins a block with, and which unsteered has.
var steering = Declare("steering", func([]string) (Processor, error) {
	told := float32(-1)
	return &process{
		prepare: func(s Spec) error { steered.Prepare(s.Rate); return nil },
		reset:   func() { steered.Reset(); told = -1 },
		process: func(b *Block) {
			var values [64]float32
			steered.Fill(values[:])
			if values[0] != told {
				told = values[0]
				b.Notify(Event{Value: float64(told), Param: uint32(unsteered.Target() * 100)})
			}
		},
	}, nil
})

// steer opens and starts a stream that follows steered.
func steer(t *testing.T, c Config) *Stream {
	t.Helper()
	c.Backend = Sim
	s, err := Open(c, steering)
	if errors.Is(err, rt.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, apart := s.source.(*remote); !apart {
		t.Skip("this system has no isolates")
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// reaches waits until the isolate's parameter is at a value, and returns the first one
// that the isolate has told.
func reaches(t *testing.T, s *Stream, want float64) (first Event) {
	t.Helper()
	told := false
	eventually(t, "the value", func() bool {
		e, ok := s.Receive()
		if ok && !told {
			first, told = e, true
		}
		return ok && e.Value == want
	})
	return first
}

// TestSharedParam: isolates begin with the value that was set before they were opened,
// follow to the last of those that several goroutines set, and one that is started again
// has it too.
func TestSharedParam(t *testing.T) {
	steered.Set(7)
	a, b := steer(t, Config{Restart: isolate.Restart{Max: 1}}), steer(t, Config{})
	for _, s := range []*Stream{a, b} {
		if first := reaches(t, s, 7); first.Value != 7 || first.Param != 25 {
			t.Errorf("begins with %v, and the other one with %v/100", first.Value, first.Param)
		}
	}
	var setters sync.WaitGroup
	for v := range 3 {
		setters.Go(func() {
			for range 1000 {
				steered.Set(float32(v))
			}
		})
	}
	setters.Wait()
	last := float64(steered.Target())
	reaches(t, a, last)
	reaches(t, b, last)
	steered.Set(99)
	reaches(t, b, 10)
	child, err := os.FindProcess(a.source.(*remote).isolate.PID())
	if err == nil {
		err = child.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	steered.Set(4)
	reaches(t, a, 4)
}

// TestSharedParamWhileClosing: a parameter is set while isolates come and go.
func TestSharedParamWhileClosing(t *testing.T) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for v := float32(0); ; v = 1 - v {
			select {
			case <-end:
				return
			default:
				steered.Set(v)
			}
		}
	}()
	for range 3 {
		if err := steer(t, Config{}).Close(); err != nil {
			t.Error(err)
		}
	}
	close(end)
	<-ended
}

// TestSoon: a thread that is held up in Set holds up Close for a second, and no longer.
func TestSoon(t *testing.T) {
	for limit, want := range map[time.Duration]bool{0: true, 900 * time.Millisecond: true, time.Hour: false} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			if soon(func() bool { return time.Since(began) >= limit }) != want {
				t.Errorf("%v: not %v", limit, want)
			}
			if took := time.Since(began); took != min(limit, time.Second) {
				t.Errorf("%v: took %v", limit, took)
			}
		})
	}
}

func TestSharedParamRefuses(t *testing.T) {
	defer func() {
		want := `audio: NewSharedParam "steered": the name is taken, or there are 64 already`
		if got := recover(); got != want {
			t.Errorf("%v", got)
		}
	}()
	NewSharedParam("steered", 0, 1, 0, Smoothing{})
}

// BenchmarkSetShared is Set of a parameter that two isolates follow.
func BenchmarkSetShared(b *testing.B) {
	cells := []*targets.Cell{targets.NewCell(make([]byte, targets.Size(maxShared))), targets.NewCell(make([]byte, targets.Size(maxShared)))}
	for _, c := range cells {
		follow(c)
		defer shared.cells.Leave(c)
	}
	for b.Loop() {
		steered.Set(5)
	}
}
