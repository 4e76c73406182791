package cthread_test

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/cthread"
)

// A program that can do without its C function, because this machine, this user
// or this build may not run it in real time.
func ExampleNew() {
	thread, err := cthread.New(cthread.Config{Policy: rt.FIFO(70)})
	var privilege *rt.PrivilegeError
	switch {
	case err == nil:
		defer thread.Close()
		// In the step: err := thread.Call(unsafe.Pointer(C.plan), argument, timeout)
	case errors.As(err, &privilege), errors.Is(err, rt.ErrUnsupported):
		// Plan in Go.
	default:
		fmt.Println(err)
	}
	_, err = cthread.New(cthread.Config{Policy: rt.FIFO(100)})
	fmt.Println(err)
	// Output:
	// cthread: Config.Policy invalid policy: is neither SCHED_FIFO nor SCHED_OTHER; give rt.FIFO(1) to rt.FIFO(99), or rt.Other
}
