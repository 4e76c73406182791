//go:build cgo

package cthread

import (
	"testing"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/cthread/internal/work"
)

// BenchmarkCall measures a hand-off and back, with a C function that does nothing,
// from an ordinary goroutine; an ordinary cgo call is measured for comparison.
func BenchmarkCall(b *testing.B) {
	w := work.New(0)
	defer w.Free()
	for _, policy := range []rt.Policy{rt.Other, rt.FIFO(rt.DefaultPriority)} {
		b.Run(policy.String(), func(b *testing.B) {
			thread, err := New(Config{Policy: policy})
			if err != nil {
				b.Skip(err)
			}
			defer thread.Close()
			for range b.N {
				if err := thread.Call(work.Add(), w.Argument(), soon); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("cgo", func(b *testing.B) {
		for range b.N {
			w.AddHere()
		}
	})
}
