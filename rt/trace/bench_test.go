package trace_test

import (
	"io"
	"testing"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/trace"
)

// BenchmarkTracer records spans, with a reading of the clock for each event and
// with times that the caller has already. One op is one event. The buffer is
// drained while the benchmark's clock stands.
func BenchmarkTracer(b *testing.B) {
	for _, c := range []struct {
		name string
		span func(*trace.Tracer, trace.Label)
	}{
		{name: "rt.Now", span: func(t *trace.Tracer, name trace.Label) { t.Begin(name, rt.Now()); t.End(rt.Now()) }},
		{name: "given", span: func(t *trace.Tracer, name trace.Label) { t.Begin(name, 1); t.End(2) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			const events = 1 << 16
			var names trace.Names
			name := names.Label("span")
			buffer, err := trace.Create(make([]byte, trace.Size(events)), "bench", &names)
			if err != nil {
				b.Fatal(err)
			}
			tracer, err := buffer.Tracer()
			if err != nil {
				b.Fatal(err)
			}
			w, err := trace.NewWriter(io.Discard, trace.Process{}, buffer)
			if err != nil {
				b.Fatal(err)
			}
			for done := 0; done < b.N; {
				n := min(events, b.N-done+1)
				for range n / 2 {
					c.span(tracer, name)
				}
				done += n
				b.StopTimer()
				if err := w.Drain(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			if dropped := w.Stats().Dropped; dropped != 0 {
				b.Fatalf("%d events dropped: the figure would be that of dropping", dropped)
			}
		})
	}
}

func BenchmarkClock(b *testing.B) {
	for range b.N {
		rt.Now()
	}
}
