//go:build rtdebug && linux && go1.26 && !go1.27 && (amd64 || arm64)

package rt

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

var written string

func stepThatAllocates(t *Tick) error {
	if t.Index >= 30 {
		written = strings.Repeat("ab", 4096)
	}
	return stopAt(t, 60)
}

func stepThatCalls(t *Tick) error {
	if t.Index >= 30 {
		_, _, _ = syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0)
	}
	return stopAt(t, 60)
}

func stepThatBehaves(t *Tick) error {
	if t.Index == 30 {
		_, _, _ = syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0)
		return t.Syscall(func() error { written = fmt.Sprint("period ", t.Index); return nil })
	}
	return stopAt(t, 60)
}

func stopAt(t *Tick, last int64) error {
	if t.Index >= last {
		return ErrStop
	}
	return nil
}

// TestJudge: a step that breaks the rules ends its loop with a message that
// names it and what it called.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		step func(*Tick) error
		want []string
	}{
		{stepThatAllocates, []string{"rtdebug: arm: period ", "rt.stepThatAllocates allocated on the heap", "; allocations of the run: strings.Repeat, from ", "debug_enabled_test.go:"}},
		{stepThatCalls, []string{"rt.stepThatCalls made ordinary system or cgo calls"}},
		{stepThatBehaves, nil},
	} {
		l, err := NewLoop(LoopConfig{Name: "arm", Period: time.Millisecond, Mode: Portable, WarmUp: 20, Overrun: CatchUp(1000)})
		if err != nil {
			t.Fatal(err)
		}
		message := ""
		func() {
			defer func() {
				if r := recover(); r != nil {
					message = fmt.Sprint(r)
				}
			}()
			if err := l.Run(t.Context(), c.step); err != nil {
				t.Error(err)
			}
		}()
		if message != "" && c.want == nil {
			t.Errorf("a step that behaves: %s", message)
		}
		for _, want := range c.want {
			if !strings.Contains(message, want) {
				t.Errorf("message %q does not say %q", message, want)
			}
		}
	}
}

// TestJudgeNamesEach: what each count is called, in which modes it is judged, and
// when that begins.
func TestJudgeNamesEach(t *testing.T) {
	for _, c := range []struct {
		name string
		mode Mode
		tick int
		do   func(k *kernel)
		want string
	}{
		{"P", Strict, 101, func(k *kernel) { k.p = 2 }, "lost its P and made ordinary system or cgo calls"},
		{"fault", Strict, 101, func(k *kernel) { k.usage.MinorFaults += 3 }, "met 3 page faults"},
		{"fault", Portable, 101, func(k *kernel) { k.usage.MinorFaults += 3 }, ""},
		{"warm-up", Strict, 100, func(k *kernel) { k.p = 2 }, ""},
		{"call", Portable, 101, func(k *kernel) { k.held.Calls += 2 }, "made ordinary system or cgo calls"},
	} {
		k, s, p := setUpKernel(t, ProcessConfig{})
		before := k.state.clone()
		l := mustLoop(t, LoopConfig{Mode: c.mode}, s, p)
		message := ""
		func() {
			defer func() {
				if r := recover(); r != nil {
					message = fmt.Sprint(r)
				}
			}()
			n := 0
			_ = l.Run(t.Context(), func(*Tick) error {
				if n++; n == c.tick {
					c.do(k)
				}
				if n > c.tick {
					return ErrStop
				}
				return nil
			})
		}()
		if !strings.HasSuffix(message, c.want) || (message == "") != (c.want == "") {
			t.Errorf("%s in %v: message %q, want %q", c.name, c.mode, message, c.want)
		}
		k.unchanged(before)
	}
}
