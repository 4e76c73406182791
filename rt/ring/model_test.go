//go:build interleave || race

package ring

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/interleave"
)

// The models below run the rings themselves in every order of their accesses to
// shared memory. That they fail when one decision is undone is shown by the
// mutants in testdata/mutants.txt.

func checkModel(t *testing.T, m interleave.Model) {
	t.Helper()
	r := interleave.Check(m)
	if r.Err != nil {
		t.Error(r)
	}
	t.Logf("%d orders, %d states", r.Orders, r.States)
}

// restorer remembers what region and *endpoints hold and returns a function that
// brings it back.
func restorer(region []byte, endpoints ...func() func()) func() {
	saved := slices.Clone(region)
	var restore []func()
	for _, e := range endpoints {
		restore = append(restore, e())
	}
	return func() {
		copy(region, saved)
		for _, r := range restore {
			r()
		}
	}
}

// large is a message that has a line for itself.
type large [6]uint64

// endpoint is an argument of restorer.
func endpoint[E any](e *E) func() func() {
	return func() func() {
		saved := *e
		return func() { *e = saved }
	}
}

// starts are positions at which a model begins: the second makes positions wrap.
var starts = []uint64{0, math.MaxUint64 - 1}

// TestModelSPSC: a producer tries to push 1, 2, 3 while a consumer tries to pop
// three times.
func TestModelSPSC(t *testing.T) {
	for _, capacity := range []int{1, 2} {
		for _, position := range starts {
			t.Run(fmt.Sprintf("%d/%d", capacity, position), func(t *testing.T) {
				modelSPSC(t, capacity, position, func(v uint64) large { return large{v, v, v, v, v, v} })
			})
			// Seven messages share a line, which is full but for the last one at first.
			t.Run(fmt.Sprintf("shared/%d/%d", capacity, position), func(t *testing.T) {
				modelSPSC(t, 7*capacity, position, func(v uint64) uint64 { return v })
			})
		}
	}
}

func modelSPSC[T comparable](t *testing.T, capacity int, position uint64, message func(uint64) T) {
	region := make([]byte, SPSCSize[T](capacity))
	q := must(CreateSPSC[T](region, capacity))
	q.startAt(position)
	p, c := must(q.Producer()), must(q.Consumer())
	for range q.Cap() - 1 { // to the last message of the ring
		p.Push(message(9))
		c.Pop()
	}
	restore := restorer(region, endpoint(p), endpoint(c))
	number := map[T]uint64{}
	for v := range uint64(4) {
		number[message(v)] = v
	}
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){
				func(t *interleave.Thread) {
					for v := uint64(1); v <= 3; v++ {
						if p.Push(message(v)) {
							t.Log = append(t.Log, v)
						}
						t.Forget(p.next, p.limit)
					}
				},
				func(t *interleave.Thread) {
					for range 3 {
						if m, ok := c.Pop(); ok {
							t.Log = append(t.Log, number[m])
						}
						t.Forget(c.next, c.peeked)
					}
				},
			}
		},
		Final: func(logs [][]uint64) error {
			return inOrder(logs[0], logs[1], func() (uint64, bool) {
				m, ok := c.Pop()
				return number[m], ok
			})
		},
	})
}

// popAll tries n times to pop.
func popAll(t *interleave.Thread, c *Consumer[large], n int) {
	for range n {
		if m, ok := c.Pop(); ok {
			t.Log = append(t.Log, m[0])
		}
		t.Forget(c.next, c.peeked)
	}
}

// TestModelSPSCBatch: a producer pushes 1 to 4 in two batches while a consumer
// pops batches. Two messages share a line with the word, and the batches cross
// lines.
func TestModelSPSCBatch(t *testing.T) {
	type pair [2]uint64 // three of them in a line
	region := make([]byte, SPSCSize[pair](3))
	q := must(CreateSPSC[pair](region, 3))
	p, c := must(q.Producer()), must(q.Consumer())
	p.Push(pair{})
	c.Pop()
	restore := restorer(region, endpoint(p), endpoint(c))
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){
				func(t *interleave.Thread) {
					for _, batch := range [][]pair{{{1}, {2}, {3}}, {{4}, {5}}} {
						for _, m := range batch[:p.PushBatch(batch)] {
							t.Log = append(t.Log, m[0])
						}
						t.Forget(p.next, p.limit)
					}
				},
				func(t *interleave.Thread) {
					var batch [2]pair
					for range 3 {
						for _, m := range batch[:c.PopBatch(batch[:])] {
							t.Log = append(t.Log, m[0])
						}
						t.Forget(c.next, c.peeked)
					}
				},
			}
		},
		Final: func(logs [][]uint64) error {
			return inOrder(logs[0], logs[1], func() (uint64, bool) {
				m, ok := c.Pop()
				return m[0], ok
			})
		},
	})
}

// TestModelSPSCInPlace: messages are written and read where they lie.
func TestModelSPSCInPlace(t *testing.T) {
	region := make([]byte, SPSCSize[large](2))
	q := must(CreateSPSC[large](region, 2))
	p, c := must(q.Producer()), must(q.Consumer())
	restore := restorer(region, endpoint(p), endpoint(c))
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){
				func(t *interleave.Thread) {
					for v := uint64(1); v <= 3; v++ {
						if room := p.Stage(); room != nil {
							atomics.Writes(room)
							*room = large{v, v}
							p.Publish()
							t.Log = append(t.Log, v)
						}
						t.Forget(p.next, p.limit)
					}
				},
				func(t *interleave.Thread) {
					for range 3 {
						if m := c.Peek(); m != nil {
							atomics.Reads(m)
							t.Log = append(t.Log, m[0])
							c.Release()
						}
						t.Forget(c.next, c.peeked)
					}
				},
			}
		},
		Final: func(logs [][]uint64) error {
			return inOrder(logs[0], logs[1], func() (uint64, bool) {
				m, ok := c.Pop()
				return m[0], ok
			})
		},
	})
}

// inOrder demands that the messages received, and then the rest, are the messages
// sent.
func inOrder(sent, received []uint64, pop func() (uint64, bool)) error {
	all := slices.Clone(received)
	for v, ok := pop(); ok; v, ok = pop() {
		all = append(all, v)
	}
	if !slices.Equal(all, sent) {
		return fmt.Errorf("sent %v, received %v and then %v", sent, received, all[len(received):])
	}
	return nil
}

// TestModelSPSCRecovery: a producer stops after any number of steps of its second
// push. The next one sends 3 after the complete messages.
func TestModelSPSCRecovery(t *testing.T) {
	region := make([]byte, SPSCSize[large](4))
	q := must(CreateSPSC[large](region, 4))
	p, c := must(q.Producer()), must(q.Consumer())
	restore := restorer(region, endpoint(p), endpoint(c))
	for steps := range 3 {
		sent := []uint64{1, 3}
		if steps == 2 {
			sent = []uint64{1, 2, 3}
		}
		checkModel(t, interleave.Model{
			Start: func() []func(*interleave.Thread) {
				restore()
				return []func(*interleave.Thread){
					func(t *interleave.Thread) {
						p.Push(large{1})
						t.StopAfter(steps, func() { p.Push(large{2}) })
						c.AbandonPeer()
						must(q.Producer()).Push(large{3})
					},
					func(t *interleave.Thread) { popAll(t, c, 3) },
				}
			},
			Final: func(logs [][]uint64) error {
				return inOrder(sent, logs[1], func() (uint64, bool) {
					m, ok := c.Pop()
					return m[0], ok
				})
			},
		})
	}
}

// TestModelSPSCRereading: a consumer stops after any number of steps of its
// second pop. The next one gets that message, perhaps again, and then the others.
func TestModelSPSCRereading(t *testing.T) {
	region := make([]byte, SPSCSize[large](2))
	q := must(CreateSPSC[large](region, 2))
	p, c := must(q.Producer()), must(q.Consumer())
	p.Push(large{1})
	p.Push(large{2})
	restore := restorer(region, endpoint(p), endpoint(c))
	for steps := range 4 {
		checkModel(t, interleave.Model{
			Start: func() []func(*interleave.Thread) {
				restore()
				return []func(*interleave.Thread){
					func(t *interleave.Thread) {
						c.Pop()
						stopped := t.StopAfter(steps, func() { c.Pop() })
						t.Assert(stopped == (steps < 3), "Pop makes %d steps", steps)
						p.AbandonPeer()
						popAll(t, must(q.Consumer()), 3)
					},
					func(t *interleave.Thread) {
						for v := uint64(3); v <= 4; v++ {
							if p.Push(large{v}) {
								t.Log = append(t.Log, v)
							}
						}
					},
				}
			},
			Final: func(logs [][]uint64) error {
				want := logs[1]
				if steps < 3 {
					want = append([]uint64{2}, want...)
				}
				if got := logs[0]; len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
					return fmt.Errorf("received %v, want %v", got, want)
				}
				return nil
			},
		})
	}
}

// TestModelStream: a writer commits blocks of up to two elements while a reader
// takes such blocks; an element that both touch at one time fails the model.
func TestModelStream(t *testing.T) {
	for _, capacity := range []int{1, 2} {
		for _, position := range starts {
			t.Run(fmt.Sprintf("%d/%d", capacity, position), func(t *testing.T) {
				region := make([]byte, StreamSize[uint64](capacity))
				s := must(CreateStream[uint64](region, capacity))
				s.startAt(position)
				w, r := must(s.Writer()), must(s.Reader())
				restore := restorer(region, endpoint(w), endpoint(r))
				next := uint64(0)
				checkModel(t, interleave.Model{
					Start: func() []func(*interleave.Thread) {
						restore()
						next = 1
						return []func(*interleave.Thread){
							func(t *interleave.Thread) {
								for range 2 {
									first, second := w.Reserve(2)
									for _, part := range [][]uint64{first, second} {
										for i := range part {
											atomics.Writes(&part[i])
											part[i] = next
											t.Log = append(t.Log, next)
											next++
										}
									}
									w.Commit(len(first) + len(second))
									t.Forget(w.next, w.head)
								}
							},
							func(t *interleave.Thread) {
								for range 2 {
									first, second := r.Peek(2)
									for _, part := range [][]uint64{first, second} {
										for i := range part {
											atomics.Reads(&part[i])
											t.Log = append(t.Log, part[i])
										}
									}
									r.Release(len(first) + len(second))
									t.Forget(r.next, r.tail)
								}
							},
						}
					},
					Final: func(logs [][]uint64) error {
						return inOrder(logs[0], logs[1], func() (uint64, bool) {
							var one [1]uint64
							n := r.Read(one[:])
							return one[0], n == 1
						})
					},
				})
			})
		}
	}
}

// TestModelLatest: a writer publishes 1 to 4 while a reader reads three times.
func TestModelLatest(t *testing.T) {
	region := make([]byte, LatestSize[uint64]())
	l := must(CreateLatest[uint64](region))
	w, r := must(l.Writer()), must(l.Reader())
	restore := restorer(region, endpoint(w), endpoint(r))
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){
				func(t *interleave.Thread) {
					for v := uint64(1); v <= 4; v++ {
						before := t.Steps()
						w.Store(v)
						// The value, and at most two turns of a load and an exchange.
						t.Assert(t.Steps()-before <= 1+2*2, "Store takes %d steps", t.Steps()-before)
						t.Forget(w.back)
					}
				},
				func(t *interleave.Thread) {
					last := uint64(0)
					for range 3 {
						v, fresh := r.Load()
						t.Assert(v >= last && fresh == (v > last), "value %d, fresh %v, after %d", v, fresh, last)
						t.Assert(v == r.Sequence(), "value %d has sequence %d", v, r.Sequence())
						last = v
						t.Forget(r.front, r.sequence)
					}
				},
			}
		},
		Final: func([][]uint64) error {
			if v, _ := r.Load(); v != 4 {
				return fmt.Errorf("the newest value is %d", v)
			}
			return nil
		},
	})
}

// TestModelMPMC: producers try to push one message each while consumers pop.
func TestModelMPMC(t *testing.T) {
	for _, c := range []struct {
		capacity, producers, consumers, pops int
	}{
		{1, 2, 1, 2},
		{2, 2, 1, 2},
		{2, 1, 2, 1},
		{1, 2, 2, 1},
	} {
		for _, position := range []uint64{0, math.MaxUint64, math.MaxUint64 / 2} {
			t.Run(fmt.Sprintf("%+v/%d", c, position), func(t *testing.T) {
				region := make([]byte, MPMCSize[uint64](c.capacity))
				q := must(CreateMPMC[uint64](region, c.capacity))
				q.startAt(position)
				restore := restorer(region)
				producer := func(v uint64) func(*interleave.Thread) {
					return func(t *interleave.Thread) {
						if q.Push(v) {
							t.Log = append(t.Log, v)
						}
					}
				}
				consumer := func(t *interleave.Thread) {
					for range c.pops {
						if v, ok := q.Pop(); ok {
							t.Log = append(t.Log, v)
						}
						t.Forget()
					}
				}
				checkModel(t, interleave.Model{
					Start: func() (threads []func(*interleave.Thread)) {
						restore()
						for i := range c.producers {
							threads = append(threads, producer(uint64(i+1)))
						}
						for range c.consumers {
							threads = append(threads, consumer)
						}
						return threads
					},
					Final: func(logs [][]uint64) error {
						sent := slices.Concat(logs[:c.producers]...)
						if len(sent) < min(c.producers, c.capacity) {
							return fmt.Errorf("%d messages sent, though %d have room", len(sent), c.capacity)
						}
						return onceEach(sent, slices.Concat(logs[c.producers:]...), q.Pop)
					},
				})
			})
		}
	}
}

// TestModelMPMCConsumers: of as many consumers as there are messages each gets one,
// whoever of them wins a race.
func TestModelMPMCConsumers(t *testing.T) {
	region := make([]byte, MPMCSize[uint64](2))
	q := must(CreateMPMC[uint64](region, 2))
	if n := q.PushBatch([]uint64{1, 2}); n != 2 {
		t.Fatalf("pushed %d of 2", n)
	}
	restore := restorer(region)
	consumer := func(t *interleave.Thread) {
		if v, ok := q.Pop(); ok {
			t.Log = append(t.Log, v)
		}
	}
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){consumer, consumer}
		},
		Final: func(logs [][]uint64) error {
			if len(logs[0]) != 1 || len(logs[1]) != 1 {
				return fmt.Errorf("of two messages the consumers received %v", logs)
			}
			return onceEach([]uint64{1, 2}, slices.Concat(logs...), q.Pop)
		},
	})
}

// onceEach demands that the messages received and the rest are the messages sent,
// in any order.
func onceEach(sent, received []uint64, pop func() (uint64, bool)) error {
	all := slices.Clone(received)
	for v, ok := pop(); ok; v, ok = pop() {
		all = append(all, v)
	}
	slices.Sort(all)
	slices.Sort(sent)
	if !slices.Equal(all, sent) {
		return fmt.Errorf("sent %v, received %v of %v", sent, received, all)
	}
	return nil
}

// TestModelMPMCBatch: two producers push a batch each, of which both fit or one
// does, while a consumer pops batches.
func TestModelMPMCBatch(t *testing.T) {
	region := make([]byte, MPMCSize[uint64](2))
	q := must(CreateMPMC[uint64](region, 2))
	restore := restorer(region)
	producer := func(batch ...uint64) func(*interleave.Thread) {
		return func(t *interleave.Thread) {
			t.Log = append(t.Log, batch[:q.PushBatch(batch)]...)
		}
	}
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){
				producer(1, 2),
				producer(3),
				func(t *interleave.Thread) {
					var batch [2]uint64
					for range 2 {
						t.Log = append(t.Log, batch[:q.PopBatch(batch[:])]...)
						t.Forget()
					}
				},
			}
		},
		Final: func(logs [][]uint64) error {
			return onceEach(slices.Concat(logs[:2]...), logs[2], q.Pop)
		},
	})
}

// TestModelMPMCBatchConsumers: two consumers pop batches of the messages of a
// producer, which finds room again as they do.
func TestModelMPMCBatchConsumers(t *testing.T) {
	region := make([]byte, MPMCSize[uint64](2))
	q := must(CreateMPMC[uint64](region, 2))
	if n := q.PushBatch([]uint64{1, 2}); n != 2 {
		t.Fatalf("pushed %d of 2", n)
	}
	restore := restorer(region)
	consumer := func(t *interleave.Thread) {
		var batch [2]uint64
		t.Log = append(t.Log, batch[:q.PopBatch(batch[:])]...)
	}
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){consumer, consumer, func(t *interleave.Thread) {
				if q.Push(3) {
					t.Log = append(t.Log, 3)
				}
			}}
		},
		Final: func(logs [][]uint64) error {
			return onceEach(append([]uint64{1, 2}, logs[2]...), slices.Concat(logs[:2]...), q.Pop)
		},
	})
}

// TestModelAttach: a peer changes the header while this side attaches. The ring has
// the capacity that the region has room for, or is refused.
func TestModelAttach(t *testing.T) {
	for name, k := range map[string]struct {
		size   int
		create func([]byte) error
		attach func([]byte) (capacity int)
	}{
		"SPSC": {SPSCSize[uint64](7), func(r []byte) error { _, err := CreateSPSC[uint64](r, 7); return err }, func(r []byte) int {
			if q, err := AttachSPSC[uint64](r); err == nil {
				return q.Cap() - 7 + 4
			}
			return 0
		}},
		"Stream": {StreamSize[uint64](4), func(r []byte) error { _, err := CreateStream[uint64](r, 4); return err }, func(r []byte) int {
			if s, err := AttachStream[uint64](r); err == nil {
				return s.Cap()
			}
			return 0
		}},
		"MPMC": {MPMCSize[uint64](4), func(r []byte) error {
			q, err := CreateMPMC[uint64](r, 4)
			q.Close()
			return err
		}, func(r []byte) int {
			if q, err := AttachMPMC[uint64](r); err == nil {
				return q.Cap()
			}
			return 0
		}},
	} {
		t.Run(name, func(t *testing.T) {
			region := make([]byte, k.size)
			if err := k.create(region); err != nil {
				t.Fatal(err)
			}
			h := must(regionHeader(region))
			restore := restorer(region)
			checkModel(t, interleave.Model{Start: func() []func(*interleave.Thread) {
				restore()
				return []func(*interleave.Thread){
					func(t *interleave.Thread) {
						c := k.attach(region)
						t.Assert(c == 0 || c == 4, "a capacity of %d in %d bytes", c, len(region))
					},
					func(*interleave.Thread) { atomics.Store(&h.capacity, 1<<30) },
				}
			}})
		})
	}
}

// TestModelBroadcast: a reader of a ring of two messages, while a writer pushes four.
// What it receives is whole and in order, and with what it lost is all there was.
func TestModelBroadcast(t *testing.T) {
	type pair [2]uint64
	region := make([]byte, BroadcastSize[pair](2))
	b := must(CreateBroadcast[pair](region, 2))
	w, r := must(b.Writer()), b.Reader()
	restore := restorer(region, endpoint(w), endpoint(r))
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){
				func(t *interleave.Thread) {
					for v := uint64(1); v <= 4; v++ {
						w.Push(pair{v, v})
						t.Forget(w.next)
					}
				},
				func(t *interleave.Thread) {
					got := uint64(0)
					for range 3 {
						if v, ok := r.Pop(); ok {
							got++
							t.Assert(v == pair{got + r.Lost(), got + r.Lost()}, "message %v after %d, %d lost", v, got-1, r.Lost())
						}
						t.Forget(got, r.next, r.lost)
					}
				},
			}
		},
	})
}

// TestModelBroadcastPublishes: a message whose position is published is complete, so
// that whoever takes over from a writer that died, or begins to read, finds it.
func TestModelBroadcastPublishes(t *testing.T) {
	region := make([]byte, BroadcastSize[uint64](2))
	b := must(CreateBroadcast[uint64](region, 2))
	w := must(b.Writer())
	restore := restorer(region, endpoint(w))
	checkModel(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			restore()
			return []func(*interleave.Thread){
				func(t *interleave.Thread) {
					w.Push(7)
					w.Push(8)
				},
				func(t *interleave.Thread) {
					published := atomics.Load(b.slots.published)
					if published == 0 {
						return
					}
					sequence, _ := b.slots.at(published - 1)
					found := atomics.Load(sequence)
					t.Assert(int64(found-2*published) >= 0, "message %d is published, and its number is %d", published-1, found)
				},
			}
		},
	})
}
