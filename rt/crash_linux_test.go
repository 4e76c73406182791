package rt

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt/internal/machine"
)

// crashVariable makes a process of this test binary one whose step breaks a rule.
const crashVariable = "MEMKIT_RT_TEST_CRASH"

// crashes are what no Strict step may do, and how the added line goes on.
var crashes = map[string]struct {
	do   func()
	adds string
}{
	"mutex": {func() {
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	}, "waited"},
	"channel": {func() { <-make(chan int) }, "waited"},
	"timer":   {func() { <-time.After(time.Millisecond) }, "waited"},
	"yield":   {runtime.Gosched, "waited"},
	"collect": {runtime.GC, "waited"},
	"panic":   {func() { panic("overheated") }, "panicked"},
	"recover": {func() {
		defer func() { _ = recover() }()
		panic("overheated")
	}, "panicked"},
	"nil": {func() {
		var p *int
		*p = 1
	}, "panicked"},
}

// TestCrashNamesTheStep: what a Strict step must not do ends the process, and a line
// next to the runtime's own names the loop, the step and the remedy.
func TestCrashNamesTheStep(t *testing.T) {
	if name := os.Getenv(crashVariable); name != "" {
		l := strict(t, LoopConfig{Name: "arm"})
		c := crashes[name]
		steps := 0 // late periods are skipped, so an index may not come
		t.Fatal(l.Run(t.Context(), func(*Tick) error {
			steps++
			if steps == 20 {
				c.do()
			}
			if steps == 40 {
				return errors.New("the step goes on")
			}
			return nil
		}))
	}
	strict(t, LoopConfig{})
	if !machine.NamesPinnedSteps {
		t.Skip("this build adds no line")
	}
	for name, c := range crashes {
		cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), crashVariable+"="+name)
		out, err := cmd.CombinedOutput()
		line := "\nrt: loop arm: the step github.com/memkit-go/memkit/rt.TestCrashNamesTheStep.func1 " + c.adds + " in a Strict loop"
		if err == nil || strings.Count(string(out), line) != 1 {
			t.Errorf("%s: %v, want once %q\n%s", name, err, line, out)
		}
	}
}
