//go:build !interleave && !race

package machinecode

import (
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/ring"
)

// A user's package compiles the generic methods anew, and might inline less of
// them than the tests of their own packages do.

//go:noinline
func inlinePush(p *ring.Producer[uint64], v uint64) bool { return p.Push(v) }

//go:noinline
func inlinePop(c *ring.Consumer[uint64]) (uint64, bool) { return c.Pop() }

//go:noinline
func inlineEnqueue(q *ring.MPMC[uint64], v uint64) bool { return q.Push(v) }

//go:noinline
func inlineDequeue(q *ring.MPMC[uint64]) (uint64, bool) { return q.Pop() }

//go:noinline
func inlineView(r *ring.LatestReader[uint64]) (*uint64, bool) { return r.View() }

//go:noinline
func inlinePublish(w *ring.LatestWriter[uint64]) { w.Publish() }

//go:noinline
func inlineCommit(w *ring.StreamWriter[float32], n int) error { return w.Commit(n) }

//go:noinline
func inlineGet(p *pool.Shared[uint64]) *uint64 { return p.Get() }

//go:noinline
func inlinePut(p *pool.Shared[uint64], v *uint64) error { return p.Put(v) }

var inlineOps = map[string]any{
	"inlinePush": inlinePush, "inlinePop": inlinePop, "inlineEnqueue": inlineEnqueue, "inlineDequeue": inlineDequeue,
	"inlineView": inlineView, "inlinePublish": inlinePublish, "inlineCommit": inlineCommit, "inlineGet": inlineGet, "inlinePut": inlinePut,
}

// TestUsersInline: in a package that is neither theirs nor their test's, the
// operations call nothing but methods of their own package.
func TestUsersInline(t *testing.T) {
	if err := Release(); err != nil {
		t.Skip(err)
	}
	binary, err := Self()
	if err != nil {
		t.Skip(err)
	}
	for name := range inlineOps {
		checkInline(t, binary, "github.com/memkit-go/memkit/internal/machinecode."+name)
	}
}

func checkInline(t *testing.T, binary *Binary, name string) {
	t.Helper()
	f, err := binary.Func(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, callee := range f.HotCalls() {
		if strings.HasPrefix(callee, "github.com/memkit-go/memkit/rt/ring.(") || strings.HasPrefix(callee, "github.com/memkit-go/memkit/rt/pool.(") {
			checkInline(t, binary, callee)
		} else {
			t.Errorf("%s calls %s", name, callee)
		}
	}
}
