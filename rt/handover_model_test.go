//go:build interleave || race

package rt

import (
	"errors"
	"fmt"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/interleave"
)

// TestModelHandover runs Publish and Current in every order of their accesses to
// shared memory. In the end no object waits for room, each was released at most
// once, and none while the thread used it. That it fails with one place for
// retired objects is shown by the mutants in testdata/mutants.txt.
func TestModelHandover(t *testing.T) {
	type object struct{ released uint64 }
	objects := make([]object, 3)
	h := NewHandover(&objects[0], func(o *object) { atomics.Store(&o.released, o.released+1) })
	r := interleave.Check(interleave.Model{
		Start: func() []func(*interleave.Thread) {
			clear(objects)
			h.current = &objects[0]
			h.next.Store(nil)
			for i := range h.retired {
				h.retired[i].Store(nil)
			}
			return []func(*interleave.Thread){
				func(*interleave.Thread) {
					for i := range objects[1:] {
						h.Publish(&objects[1+i])
					}
				},
				func(t *interleave.Thread) {
					for range objects {
						o := h.Current()
						t.Assert(atomics.Load(&o.released) == 0, "the current object is released")
					}
				},
			}
		},
		Final: func([][]uint64) error {
			if h.Current(); h.next.Load() != nil {
				return errors.New("an object waits, and the thread does not go on to it for want of room")
			}
			h.Close()
			for i, o := range objects {
				if o.released != 1 {
					return fmt.Errorf("object %d was released %d times", i, o.released)
				}
			}
			return nil
		},
	})
	if r.Err != nil {
		t.Error(r)
	}
	t.Logf("%d orders, %d states", r.Orders, r.States)
}
