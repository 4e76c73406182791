package ring

import (
	"runtime"
	"testing"
)

func BenchmarkSPSCRoundTrip(b *testing.B) {
	there, echo := newSPSC[uint64](64)
	back, home := newSPSC[uint64](64)
	go func() {
		runtime.LockOSThread()
		for range b.N {
			v, ok := echo.Pop()
			for !ok {
				v, ok = echo.Pop()
			}
			back.Push(v)
		}
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for i := range b.N {
		there.Push(uint64(i))
		for {
			if _, ok := home.Pop(); ok {
				break
			}
		}
	}
}

func BenchmarkChanRoundTrip(b *testing.B) {
	there, back := make(chan uint64, 64), make(chan uint64, 64)
	go func() {
		for range b.N {
			back <- <-there
		}
	}()
	for i := range b.N {
		there <- uint64(i)
		<-back
	}
}

func BenchmarkSPSCThroughput(b *testing.B) {
	p, c := newSPSC[uint64](1024)
	go func() {
		for i := range uint64(b.N) {
			for !p.Push(i) {
			}
		}
	}()
	for range b.N {
		for {
			if _, ok := c.Pop(); ok {
				break
			}
		}
	}
}

func BenchmarkMPMCThroughput(b *testing.B) {
	q := newMPMC[uint64](1024)
	go func() {
		for i := range uint64(b.N) {
			for !q.Push(i) {
			}
		}
	}()
	for range b.N {
		for {
			if _, ok := q.Pop(); ok {
				break
			}
		}
	}
}

func BenchmarkStreamBlock64(b *testing.B) {
	w, r := newStream[float32](1024)
	go func() {
		for range b.N {
			for n := 0; n < 64; {
				first, second := w.Reserve(64 - n)
				for i := range first {
					first[i] = 1
				}
				for i := range second {
					second[i] = 1
				}
				w.Commit(len(first) + len(second))
				n += len(first) + len(second)
			}
		}
	}()
	sum := float32(0)
	for range b.N {
		for n := 0; n < 64; {
			first, second := r.Peek(64 - n)
			for _, v := range first {
				sum += v
			}
			for _, v := range second {
				sum += v
			}
			r.Release(len(first) + len(second))
			n += len(first) + len(second)
		}
	}
}

func BenchmarkStreamCopy64(b *testing.B) {
	w, r := newStream[float32](1024)
	go func() {
		var block [64]float32
		for range b.N {
			for n := 0; n < 64; {
				n += w.Write(block[n:])
			}
		}
	}()
	var block [64]float32
	for range b.N {
		for n := 0; n < 64; {
			n += r.Read(block[n:])
		}
	}
}

func BenchmarkLatestLoad(b *testing.B) {
	w, r := newLatest[[8]uint64]()
	stop := make(chan bool)
	go func() {
		var v [8]uint64
		for {
			select {
			case <-stop:
				return
			default:
				for range 100 {
					w.Store(v)
				}
			}
		}
	}()
	for range b.N {
		r.Load()
	}
	b.StopTimer()
	stop <- true
}
