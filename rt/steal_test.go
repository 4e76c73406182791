package rt

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/record"
)

func TestStealIsAttributed(t *testing.T) {
	r, err := record.New(record.Config{Top: 10})
	if err != nil {
		t.Fatal(err)
	}
	wakes := []lateWake{{0, 1000, 1100}, {1, 2000, 2400}, {2, 3000, 3100}, {3, 4000, 4900}}
	for _, w := range wakes {
		r.Record(w.now - w.due)
	}
	attributeSteal(r, wakes, []steal{
		{1050, 1060, 50},                    // half of it
		{1900, 2000, 999}, {2400, 2500, 99}, // before and after
		{3090, 3200, 49},                     // less than half
		{4100, 4200, 200}, {4800, 5100, 250}, // together
	})
	want := map[int64]record.Cause{0: record.Steal, 3: record.Steal}
	for _, o := range r.Top() {
		if o.Cause != want[o.Index] {
			t.Errorf("sample %d: cause %v, want %v", o.Index, o.Cause, want[o.Index])
		}
	}
}

// TestStealIsJoined: steal that an ordinary goroutine saw becomes the cause of the
// wake that it delayed.
func TestStealIsJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stolen atomic.Int64
		s := &machine.System{
			Now:      func() int64 { return time.Now().UnixNano() },
			OpenStat: func() (int, error) { return 3, nil },
			ReadSteal: func(_, cpu int, room []byte) int64 {
				if cpu != 3 || len(room) < 5*procfs.LineBytes {
					t.Errorf("steal of CPU %d read into %d bytes", cpu, len(room))
				}
				return stolen.Load()
			},
			CloseFD: func(int) error { return nil },
		}
		w := startStealSampler(s, OnCPU(3))
		time.Sleep(3 * stealInterval)
		synctest.Wait()
		stolen.Store(30e6)
		time.Sleep(stealInterval)
		synctest.Wait()
		stolen.Store(29e6) // the kernel's counts may go back
		time.Sleep(stealInterval)
		synctest.Wait()
		stolen.Store(39e6) // seen at the end
		got := w.end()
		if len(got) != 2 || got[0].ns != 30e6 || got[1].ns != 10e6 || got[0].to > got[1].from {
			t.Errorf("steals %v", got)
		}
	})
}
