package audio

import (
	"fmt"
	"math"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/audio/internal/heaproom"
)

// TestHeapRoomWhileRunning: a stream in an ordinary program has room from Start to Stop.
func TestHeapRoomWhileRunning(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	for name, c := range map[string]struct {
		cfg  Config
		want int
	}{
		"Handoff": {Config{}, 64 << 20},
		"Direct":  {Config{Mode: Direct}, 64 << 20},
		"another": {Config{HeapRoom: 1 << 20}, 1 << 20},
		"none":    {Config{HeapRoom: -1}, 0},
		"Sim":     {Config{Backend: Sim}, 0},
	} {
		s := mustOpen(t, c.cfg, counting(), with(&host, &device{found: cards, info: generous}))
		for range 2 {
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			got := heaproom.Given()
			if got > c.want || c.want > 0 && got == 0 { // less where the machine has little memory
				t.Errorf("%s: %d bytes, want %d", name, got, c.want)
			}
			if told := strings.Join(s.Granted().Missing, "\n"); strings.Contains(told, fmt.Sprintf("rarer by %d MiB", got>>20)) != (got > 0 && c.cfg.Mode == Handoff) {
				t.Errorf("%s: %d bytes, and Granted says %q", name, got, told)
			}
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			if heaproom.Given() != 0 {
				t.Errorf("%s: %d bytes are left", name, heaproom.Given())
			}
		}
	}
	l := &local{cfg: Config{HeapRoom: 1 << 20}, sys: &system{isolated: true}}
	if l.addRoom(); heaproom.Given() != 0 {
		t.Error("an isolate has room")
	}
}

// TestHeapRoomFollows: a limit of memory that the program sets while a stream runs takes
// the room away.
func TestHeapRoomFollows(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	s := mustOpen(t, Config{HeapRoom: 1 << 20}, counting(), with(&host, &device{found: cards, info: generous}))
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	debug.SetMemoryLimit(1 << 40)
	s.control.Lock() // the monitor maintains the stream too
	s.source.maintain()
	s.control.Unlock()
	if got := heaproom.Given(); got != 0 {
		t.Errorf("%d bytes", got)
	}
}
