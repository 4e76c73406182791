package playback

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt/isolate"
)

const (
	playHere  = "MEMKIT_TEST_PLAY"
	enterHere = "MEMKIT_TEST_ENTER"
)

// TestMain is also the main of the processes that play, and of one that measures on
// PipeWire.
func TestMain(m *testing.M) {
	isolate.Main()
	jackdtest.Private()
	if os.Getenv(enterHere) != "" {
		if err := (Config{Server: PipeWire}).Enter(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if encoded := os.Getenv(playHere); encoded != "" {
		j, err := DecodeJob(encoded)
		if err == nil {
			err = Play(context.Background(), j, os.Stdin, os.Stdout)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// here starts this test binary as a playing process.
func here(ctx context.Context, j Job) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	if self, err := os.Executable(); err == nil {
		cmd = exec.CommandContext(ctx, self)
	}
	os.Setenv(playHere, j.Encode()) // taken over by startChild with the environment
	return cmd
}

// testConfig plays for a shorter time than measures anything.
func testConfig(server Server, modes ...Mode) Config {
	return Config{
		Long: 300 * time.Millisecond, Quiet: 100 * time.Millisecond, WarmUp: 20 * time.Millisecond, Server: server, Rate: testRate, Frames: testFrames, Busy: 1, Garbage: 1,
		Modes: modes, Start: here,
	}
}

// measured measures, and longer while a mode or the control has played nothing: a busy
// machine may keep either from running for all of a short time.
func measured(t *testing.T, server Server, modes ...Mode) *Session {
	t.Helper()
	t.Setenv(playHere, "")
	for c := testConfig(server, modes...); ; c.Long *= 4 {
		s, err := c.measure(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		idle := slices.ContainsFunc(s.Outcomes, func(o Outcome) bool {
			f := o.Loaded
			return o.Failed == "" && (f.Callbacks == 0 || server != NoServer && (o.ControlLoaded.Callbacks == 0 || f.ControlLate == f.Callbacks))
		})
		if !idle || c.Long > 10*time.Second {
			return s
		}
	}
}

// check looks at what holds whatever the machine is doing: timing is no business of
// a test.
func check(t *testing.T, o Outcome) {
	t.Helper()
	if o.Failed != "" {
		t.Fatalf("%s: %s", o.Mode, o.Failed)
	}
	if o.Loaded.Callbacks == 0 || len(o.Durations) != o.Loaded.Callbacks {
		t.Errorf("%s: %d callbacks, %d durations", o.Mode, o.Loaded.Callbacks, len(o.Durations))
	}
	if o.Comparison.Differing > 0 {
		t.Errorf("%s: %+v", o.Mode, o.Comparison)
	}
	if o.Comparison.Frames > 0 && len(o.Heard) == 0 {
		t.Errorf("%s: compared, and nothing was heard", o.Mode)
	}
}

func TestMeasureSim(t *testing.T) {
	s := measured(t, NoServer, Sim)
	if len(s.Outcomes) != 1 {
		t.Fatalf("%d outcomes", len(s.Outcomes))
	}
	check(t, s.Outcomes[0])
}

// TestFailedMode: a process that cannot play is an outcome with the reason.
func TestFailedMode(t *testing.T) {
	t.Setenv(playHere, "")
	c := Config{Long: time.Second, Rate: testRate, Frames: testFrames, Start: func(ctx context.Context, j Job) *exec.Cmd {
		j.Rate = 1
		return here(ctx, j)
	}}
	s := &Session{}
	if err := c.simulate(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if len(s.Outcomes) != 1 || !strings.Contains(s.Outcomes[0].Failed, "Rate") {
		t.Errorf("%+v", s.Outcomes)
	}
}

func TestPlayTakesNoNonsense(t *testing.T) {
	j := Job{Mode: Sim, Rate: testRate, Frames: testFrames, Long: time.Second}
	var out strings.Builder
	err := Play(t.Context(), j, strings.NewReader("dance\n"), &out)
	if err == nil || !strings.Contains(err.Error(), "dance") {
		t.Errorf("error %v does not name what it was told", err)
	}
}
