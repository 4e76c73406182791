//go:build rtdebug

package ring

import (
	"fmt"
	"strings"
	"testing"
)

// elsewhere runs f on another goroutine and returns what it panics with.
func elsewhere(f func()) string {
	text := make(chan string)
	go func() {
		defer func() { text <- fmt.Sprint(recover()) }()
		f()
	}()
	return <-text
}

func TestOwnersAreChecked(t *testing.T) {
	p, c := newSPSC[int](4)
	w, r := newStream[int](4)
	lw, lr := newLatest[int]()
	for name, c := range map[string]struct{ use, handOver func() }{
		"ring.Producer":     {func() { p.Push(1) }, p.HandOver},
		"ring.Consumer":     {func() { c.Pop() }, c.HandOver},
		"ring.StreamWriter": {func() { w.Write([]int{1}) }, w.HandOver},
		"ring.StreamReader": {func() { r.Read(make([]int, 1)) }, r.HandOver},
		"ring.LatestWriter": {func() { lw.Store(1) }, lw.HandOver},
		"ring.LatestReader": {func() { lr.Load() }, lr.HandOver},
	} {
		c.use()
		text := elsewhere(c.use)
		for _, want := range []string{name + ": used by goroutine", "on thread", "owned by goroutine"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s on another goroutine: %q does not say %q", name, text, want)
			}
		}
		c.handOver()
		if text := elsewhere(c.use); text != "<nil>" {
			t.Errorf("%s after HandOver: %s", name, text)
		}
	}
}
