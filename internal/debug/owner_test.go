//go:build rtdebug

package debug

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// checkElsewhere checks o on another goroutine, whose thread is another too, and
// returns what it panics with.
func checkElsewhere(o *Owner) string {
	text := make(chan string)
	go func() {
		runtime.LockOSThread()
		defer func() { text <- fmt.Sprint(recover()) }()
		o.Check("thing")
	}()
	return <-text
}

func TestOwner(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var o Owner
	for range 3 {
		o.Check("thing")
	}
	got := checkElsewhere(&o)
	want := fmt.Sprintf("owned by goroutine %d, first seen on thread %d", goroutine(), thread())
	if !strings.HasPrefix(got, "thing: used by goroutine ") || !strings.Contains(got, want) {
		t.Errorf("another goroutine: %q does not say %q", got, want)
	}
	if n := testing.AllocsPerRun(10, func() { o.Check("thing") }); n != 0 {
		t.Errorf("a check that passes: %v allocations", n)
	}
	o.Release()
	if got := checkElsewhere(&o); got != "<nil>" {
		t.Errorf("after Release: %s", got)
	}
}
