package suite

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/rt/ring"
)

// kilobyte and page are the block sizes of the requirements.
type (
	kilobyte [1 << 10]byte
	page     [64 << 10]byte
)

var (
	kilobytes = core.MustType[kilobyte]()
	pages     = core.MustType[page]()
	blocks    = core.MustType[block]()
	counters  = core.MustType[uint64]()
)

const (
	appendixBatch = 64 * frameBlocks
	transferBatch = 500
)

// The fixed peers of appendix C: what an operation of the kind costs at least, or
// costs today.
const (
	bumpPeer   = "c/bump"
	mallocPeer = "today/glibc-pair256"
	oneWayPeer = "spsc/one-way"
)

// appendixPeers are those of the peers that only appendix C has.
func appendixPeers() []bench.Benchmark {
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: bumpPeer, Doc: "plain C: a pointer moved on by 64 B, the loop inside C",
			Suites: []string{appendixC}, RatioOf: "mean",
		}, appendixBatch, func(_ context.Context, plan sampler.Plan) (sampler.Samples, error) {
			return peer.Bump(len(block{}), plan)
		}),
		oneWay(),
	}
}

// oneWay is spsc/rtt with each way counted as an operation.
func oneWay() bench.Benchmark {
	b := bench.Benchmark{
		Name: oneWayPeer, Doc: "SPSC rings: half of a number's way to a thread on another core and back",
		Suites: []string{appendixC}, RatioOf: "mean",
	}
	b.Measure = func(ctx context.Context, p bench.Params) ([]record.Series, error) {
		plan := sampler.NewPlan(p.Duration, transferBatch)
		s, err := spscRoundTrip(ctx, plan)
		if err != nil {
			return nil, err
		}
		s.Latency = nil // of both ways
		return s.Series(b.Name, 2*transferBatch), nil
	}
	return b
}

// appendix are the eight benchmarks with a target in memkit's requirements, appendix C,
// through core. The fact target_ns is that target; where an operation also exists
// cleared, as in Go, zeroed_ns_per_op is its cost.
func appendix() []bench.Benchmark {
	return []bench.Benchmark{
		withTarget("frame/1k", bumpPeer, "core frame: one 1 KiB value, uninitialised", 15, appendixBatch,
			framed(kilobytes, false), framed(kilobytes, true)),
		withTarget("frame/64k", bumpPeer, "core frame: one 64 KiB value, uninitialised", 18, appendixBatch,
			framed(pages, false), framed(pages, true)),
		withTarget("frame/reset-10k", bumpPeer, "core frame: the End that takes back 10,000 allocations", 50, endsAtOnce, endOfFrame, nil),
		withTarget("pool/pair", mallocPeer, "core pool: one box of 64 B made and closed, with its generation", 25, poolBatch, poolPair, nil),
		withTarget("heap/1k", mallocPeer, "core heap: one box of 1 KiB made and closed, uninitialised", 100, poolBatch,
			coreHeapPair(false), coreHeapPair(true)),
		withTarget("transfer/one-way", oneWayPeer, "core transfer: half of a box's way to a thread on another core and back", 200, 2*transferBatch, transferPair, nil),
		withTarget("tag/lookup", bumpPeer, "core tag: the name of an interned tag", 5, poolBatch, tagLookup, nil),
		withTarget("phase/pair", bumpPeer, "core phase: entered and left", 10, poolBatch, phasePair, nil),
	}
}

type measurement func(context.Context, sampler.Plan) (sampler.Samples, error)

// withTarget makes a benchmark with a target in ns and a fixed peer. A cleared variant
// gets a tenth of the duration.
func withTarget(name, fixed, doc string, target float64, ops int, run, cleared measurement) bench.Benchmark {
	b := bench.Benchmark{Name: name, Doc: doc, Suites: []string{appendixC}, Peers: []string{fixed}, RatioOf: "mean"}
	b.Measure = func(ctx context.Context, p bench.Params) ([]record.Series, error) {
		facts := map[string]float64{"target_ns": target}
		if cleared != nil {
			s, err := cleared(ctx, sampler.NewPlan(p.Duration/10, ops))
			if err != nil {
				return nil, err
			}
			facts["zeroed_ns_per_op"] = perOperation(s.Batch, ops)
			p.Duration -= p.Duration / 10
		}
		s, err := run(ctx, sampler.NewPlan(p.Duration, ops))
		if err != nil {
			return nil, err
		}
		for fact, value := range s.Facts {
			facts[fact] = value
		}
		s.Facts = facts
		return s.Series(name, ops), nil
	}
	return b
}

// perOperation is the median batch's cost of one operation.
func perOperation(batches []int64, ops int) float64 {
	sorted := slices.Sorted(slices.Values(batches))
	return float64(sorted[len(sorted)/2]) / float64(ops)
}

// withLane measures on the first lane of an allocator of its own.
func withLane(ctx context.Context, c core.Config, plan sampler.Plan, subject func(*core.Allocator, *core.Lane) (sampler.Subject, func() error)) (s sampler.Samples, err error) {
	defer runtime.UnlockOSThread()
	runtime.LockOSThread()
	a, err := core.New(c)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	lane, err := a.Lane()
	if err != nil {
		return s, err
	}
	measured, finish := subject(a, lane)
	if s, err = plan.Run(ctx, measured); err != nil {
		return s, errors.Join(err, finish())
	}
	return s, finish()
}

// timed measures batches as they are, so that no call through a variable adds to
// nanoseconds, and the same operation alone.
func timed(batch func(), alone func()) sampler.Subject {
	return sampler.Subject{Batch: batch, Latency: func(dst []int64) {
		for i := range dst {
			t := rt.Now()
			alone()
			dst[i] = rt.Now() - t
		}
	}}
}

// framed measures allocations of T, frameBlocks a frame; the frame's Begin and
// End are part of their cost.
func framed[T any](kind core.Type[T], cleared bool) measurement {
	return func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		var size T
		c := core.Config{FrameSize: (frameBlocks + 1) * binary.Size(size)}
		return withLane(ctx, c, plan, func(_ *core.Allocator, lane *core.Lane) (sampler.Subject, func() error) {
			var failed error
			note := func(err error) {
				if err != nil {
					failed = err
				}
			}
			fill := func(f *core.Frame) {
				for range frameBlocks {
					if _, err := kind.NewUninit(f); err != nil {
						note(err)
					}
				}
			}
			if cleared {
				fill = func(f *core.Frame) {
					for range frameBlocks {
						if _, err := kind.New(f); err != nil {
							note(err)
						}
					}
				}
			}
			return sampler.Subject{
				Batch: func() {
					for range plan.Ops / frameBlocks {
						f, err := lane.Begin()
						note(err)
						fill(f)
						_, err = f.End()
						note(err)
					}
				},
				Latency: func(dst []int64) {
					for len(dst) > 0 {
						f, err := lane.Begin()
						note(err)
						n := min(frameBlocks, len(dst))
						for i := range dst[:n] {
							t := rt.Now()
							_, err := kind.NewUninit(f)
							dst[i] = rt.Now() - t
							note(err)
						}
						dst = dst[n:]
						_, err = f.End()
						note(err)
					}
				},
			}, func() error { return failed }
		})
	}
}

// endsAtOnce is how many lanes end their frames in one batch.
const endsAtOnce = 16

// endOfFrame fills a frame in each of several lanes, and times their Ends
// together: the clock's cost, as large as an End's, is shared by all.
func endOfFrame(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	c := core.Config{Lanes: endsAtOnce, FrameSize: resetBlocks * 16}
	s, err := withLane(ctx, c, plan, func(a *core.Allocator, lane *core.Lane) (sampler.Subject, func() error) {
		var failed error
		lanes, frames := []*core.Lane{lane}, make([]*core.Frame, endsAtOnce)
		for len(lanes) < endsAtOnce {
			next, err := a.Lane()
			if err != nil {
				return sampler.Subject{}, func() error { return err }
			}
			lanes = append(lanes, next)
		}
		return sampler.Subject{Latency: func(dst []int64) {
			for i := range dst {
				for l, lane := range lanes {
					frames[l] = filled(lane, &failed)
				}
				t := rt.Now()
				for _, f := range frames {
					if _, err := f.End(); err != nil {
						failed = err
					}
				}
				dst[i] = rt.Now() - t
			}
		}}, func() error { return failed }
	})
	s.Batch, s.Latency = s.Latency, nil
	return s, err
}

// filled begins a frame and makes resetBlocks allocations in it.
func filled(lane *core.Lane, failed *error) *core.Frame {
	f, err := lane.Begin()
	if err != nil {
		*failed = err
		return f
	}
	for range resetBlocks {
		if _, err := counters.NewUninit(f); err != nil {
			*failed = err
		}
	}
	return f
}

func poolPair(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return withLane(ctx, core.Config{}, plan, func(_ *core.Allocator, lane *core.Lane) (sampler.Subject, func() error) {
		slots, failed := core.NewPool(lane, blocks, poolSlots)
		pair := func() {
			b, err := slots.NewUninit()
			if err == nil {
				err = b.Close()
			}
			if err != nil {
				failed = err
			}
		}
		return timed(func() {
			for range plan.Ops {
				b, err := slots.NewUninit()
				if err == nil {
					err = b.Close()
				}
				if err != nil {
					failed = err
				}
			}
		}, pair), func() error { return failed }
	})
}

// coreHeapPair measures boxes of 1 KiB.
func coreHeapPair(cleared bool) measurement {
	return func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		return withLane(ctx, core.Config{}, plan, func(_ *core.Allocator, lane *core.Lane) (sampler.Subject, func() error) {
			var failed error
			heap, box := lane.Heap(), kilobytes.BoxUninit
			if cleared {
				box = kilobytes.Box
			}
			pair := func() {
				b, err := box(heap)
				if err == nil {
					err = b.Close()
				}
				if err != nil {
					failed = err
				}
			}
			return timed(func() {
				for range plan.Ops {
					pair()
				}
			}, pair), func() error { return failed }
		})
	}
}

func tagLookup(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return withLane(ctx, core.Config{}, plan, func(a *core.Allocator, _ *core.Lane) (sampler.Subject, func() error) {
		tag, err := a.Tag("physics", core.Budget{})
		length := 0
		return timed(func() {
			for range plan.Ops {
				length += len(a.TagName(tag))
			}
		}, func() { length += len(a.TagName(tag)) }), func() error { return err }
	})
}

func phasePair(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return withLane(ctx, core.Config{}, plan, func(a *core.Allocator, lane *core.Lane) (sampler.Subject, func() error) {
		phase, err := a.Phase("physics")
		f, begun := lane.Begin()
		return timed(func() {
				for range plan.Ops {
					f.Phase(phase).End()
				}
			}, func() { f.Phase(phase).End() }), func() error {
				_, end := f.End()
				return errors.Join(err, begun, end)
			}
	})
}

// transferPair sends a box to a lane on another core and takes it back: two ways
// a round, each a Send, a ring and an Accept.
func transferPair(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	size := ring.SPSCSize[core.Transfer[uint64]](ringCapacity)
	return inArena(2*size, func(region []byte) (sampler.Samples, error) {
		there, err := newTransferRing(region[:size])
		if err != nil {
			return sampler.Samples{}, err
		}
		back, err := newTransferRing(region[size:])
		if err != nil {
			return sampler.Samples{}, err
		}
		return withLane(ctx, core.Config{Lanes: 2}, plan, func(a *core.Allocator, lane *core.Lane) (sampler.Subject, func() error) {
			var echoed, failed error
			other, err := a.Lane()
			if err != nil {
				return sampler.Subject{}, func() error { return err }
			}
			end, err := sampler.RunPartner(func(stop *atomic.Bool) {
				other.Adopt()
				for !stop.Load() {
					if sent, ok := there.out.Pop(); ok {
						if err := passOn(sent, other, back.in); err != nil {
							echoed = err
						}
					}
				}
			})
			if err != nil {
				return sampler.Subject{}, func() error { return err }
			}
			box, err := counters.Box(lane.Heap())
			if err != nil {
				failed = err
			}
			round := func() {
				sent, err := box.Send()
				there.in.Push(sent)
				for {
					if received, ok := back.out.Pop(); ok {
						box, failed = accepted(received, lane, errors.Join(failed, err))
						return
					}
				}
			}
			return sampler.Subject{Batch: func() {
					for range plan.Ops / 2 {
						round()
					}
				}}, func() error {
					end()
					return errors.Join(failed, echoed, box.Close())
				}
		})
	})
}

// transferRing carries tickets one way.
type transferRing struct {
	in  *ring.Producer[core.Transfer[uint64]]
	out *ring.Consumer[core.Transfer[uint64]]
}

func newTransferRing(region []byte) (r transferRing, err error) {
	q, err := ring.CreateSPSC[core.Transfer[uint64]](region, ringCapacity)
	if err != nil {
		return r, err
	}
	if r.in, err = q.Producer(); err != nil {
		return r, err
	}
	r.out, err = q.Consumer()
	return r, err
}

// passOn accepts a box and sends it on.
func passOn(sent core.Transfer[uint64], lane *core.Lane, out *ring.Producer[core.Transfer[uint64]]) error {
	box, err := sent.Accept(lane)
	if err != nil {
		return err
	}
	next, err := box.Send()
	if err != nil {
		return err
	}
	out.Push(next)
	return nil
}

func accepted(received core.Transfer[uint64], lane *core.Lane, before error) (core.Box[uint64], error) {
	box, err := received.Accept(lane)
	if err != nil {
		return box, errors.Join(before, err)
	}
	return box, before
}
