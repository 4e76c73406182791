package audio

import (
	"testing"

	"github.com/memkit-go/memkit/rt/audio/internal/heaproom"
)

// TestHeapRoomWhileRunning: a stream in an ordinary program has room from Start to Stop.
func TestHeapRoomWhileRunning(t *testing.T) {
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
			if heaproom.Given() != c.want {
				t.Errorf("%s: %d bytes, want %d", name, heaproom.Given(), c.want)
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
