package ring

import (
	"runtime"
	"testing"

	"github.com/memkit-go/memkit/internal/hotpath"
)

//go:noinline
func hotPush(p *Producer[uint64], v uint64) bool { return p.Push(v) }

//go:noinline
func hotPop(c *Consumer[uint64]) (uint64, bool) { return c.Pop() }

//go:noinline
func hotStage(p *Producer[uint64]) *uint64 { return p.Stage() }

//go:noinline
func hotPublishStaged(p *Producer[uint64]) bool { return p.Publish() }

//go:noinline
func hotPeekOne(c *Consumer[uint64]) *uint64 { return c.Peek() }

//go:noinline
func hotReleaseOne(c *Consumer[uint64]) bool { return c.Release() }

//go:noinline
func hotShare(q *MPMC[uint64], v uint64) bool { return q.Push(v) }

//go:noinline
func hotTake(q *MPMC[uint64]) (uint64, bool) { return q.Pop() }

//go:noinline
func hotReserve(w *StreamWriter[float32], n int) ([]float32, []float32) { return w.Reserve(n) }

//go:noinline
func hotCommit(w *StreamWriter[float32], n int) error { return w.Commit(n) }

//go:noinline
func hotPeek(r *StreamReader[float32], n int) ([]float32, []float32) { return r.Peek(n) }

//go:noinline
func hotRelease(r *StreamReader[float32], n int) error { return r.Release(n) }

//go:noinline
func hotPublish(w *LatestWriter[uint64]) { w.Publish() }

//go:noinline
func hotView(r *LatestReader[uint64]) (*uint64, bool) { return r.View() }

//go:noinline
func hotErr(p *Producer[uint64]) error { return p.Err() }

func TestHotPaths(t *testing.T) {
	p, c := newSPSC[uint64](1)
	hotPush(p, 1)
	hotPop(c)
	hotStage(p)
	hotPublishStaged(p)
	hotPeekOne(c)
	hotReleaseOne(c)
	hotErr(p)
	q := newMPMC[uint64](1)
	hotShare(q, 1)
	hotTake(q)
	w, r := newStream[float32](1)
	hotReserve(w, 1)
	hotCommit(w, 1)
	hotPeek(r, 1)
	hotRelease(r, 1)
	lw, lr := newLatest[uint64]()
	hotPublish(lw)
	hotView(lr)

	hotpath.Check(t, "rt/ring", []hotpath.Op{
		{Name: "hotPush"},
		{Name: "hotPop"},
		{Name: "hotStage"},
		{Name: "hotPublishStaged"},
		{Name: "hotPeekOne"},
		{Name: "hotReleaseOne"},
		{Name: "hotShare", Retries: true},
		{Name: "hotTake", Retries: true},
		{Name: "hotReserve"},
		{Name: "hotCommit"},
		{Name: "hotPeek"},
		{Name: "hotRelease"},
		{Name: "hotPublish", Retries: true},
		{Name: "hotView", Retries: runtime.GOARCH == "arm64"}, // to add, on processors before ARMv8.1
		{Name: "hotErr"},
	})
}
