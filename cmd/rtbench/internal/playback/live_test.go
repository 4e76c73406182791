//go:build portaudio && cgo && linux

package playback

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
	"github.com/memkit-go/memkit/internal/jackd"
	"github.com/memkit-go/memkit/internal/pipewired"
)

// measureLive measures over a server of its own; only the first mode in a short test.
func measureLive(t *testing.T, server Server, backend string, modes ...Mode) {
	t.Helper()
	if testing.Short() {
		modes = modes[:1]
	}
	s := measured(t, server, modes...)
	if s.Backend != backend || len(s.Outcomes) != len(modes) {
		t.Fatalf("backend %s, %d outcomes of %d", s.Backend, len(s.Outcomes), len(modes))
	}
	for _, o := range s.Outcomes {
		check(t, o)
		if o.ControlLoaded.Callbacks == 0 {
			t.Errorf("%s: C saw nothing", o.Mode)
		}
		if o.Loaded.ControlLate == o.Loaded.Callbacks {
			t.Errorf("%s: C was in none of its %d cycles", o.Mode, o.Loaded.Callbacks)
		}
	}
	if len(s.Control) == 0 {
		t.Error("no control")
	}
}

func TestMeasureLive(t *testing.T) {
	if err := jackd.Installed(); err != nil {
		t.Skip(err)
	}
	measureLive(t, JACK, "jack-dummy", Handoff, Gordonklaus, Default)
}

// TestMeasurePipeWire measures in a process that was started with PipeWire's libjack.
func TestMeasurePipeWire(t *testing.T) {
	if err := pipewired.Installed(); err != nil {
		t.Skip(err)
	}
	if pipewired.Entered() {
		measureLive(t, PipeWire, "pipewire", Handoff)
		if s, _ := testConfig(Auto).choose(); s != PipeWire {
			t.Errorf("auto with PipeWire's libjack is %s", s)
		}
		if _, err := testConfig(JACK).measure(t.Context()); err == nil || !strings.Contains(err.Error(), "pw-jack") {
			t.Errorf("JACK with PipeWire's libjack: error %v", err)
		}
		return
	}
	if _, err := testConfig(PipeWire).measure(t.Context()); err == nil || !strings.Contains(err.Error(), "Enter") {
		t.Errorf("with JACK's libjack: error %v does not name Enter", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestMeasurePipeWire$", "-test.v", fmt.Sprintf("-test.short=%v", testing.Short()))
	cmd.Env = append(os.Environ(), enterHere+"=1")
	words, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(words), "--- PASS: TestMeasurePipeWire") {
		t.Errorf("%v\n%s", err, words)
	}
}

// killer kills the server instead of recording.
type killer struct {
	*probe
	server *jackd.Server
}

func (k killer) record(bool) { _ = k.server.Kill() }

// TestServerEnds: a server that ends while a mode plays is the error, at once, and
// the playing process, which may wait for it indefinitely, is ended.
func TestServerEnds(t *testing.T) {
	if err := jackd.Installed(); err != nil {
		t.Skip(err)
	}
	t.Setenv(playHere, "")
	for _, m := range []Mode{Gordonklaus, Handoff} {
		server, err := jackd.Start(t.Context(), jackd.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("JACK_DEFAULT_SERVER", server.Name())
		c := testConfig(JACK, m)
		c.Long = 30 * time.Second
		w, err := jackprobe.Open(server.Name(), time.Second, testRate, testFrames)
		if err != nil {
			t.Fatal(err)
		}
		err = c.whileRuns(t.Context(), &Session{}, server, m, killer{&probe{Probe: w}, server})
		if err == nil || !strings.Contains(err.Error(), "the sound server has ended while "+string(m)) {
			t.Errorf("%s: %v", m, err)
		}
		w.Close()
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestChoose: a named server is taken or refused; auto takes one that is installed,
// and says which packages would add another.
func TestChoose(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	s, why := testConfig(Auto).choose()
	if s != NoServer || !strings.Contains(why, "jackd2") || !strings.Contains(why, "pipewire-jack") {
		t.Errorf("with nothing installed: %s, %q", s, why)
	}
	for _, s := range []Server{JACK, PipeWire, NoServer} {
		if got, why := testConfig(s).choose(); got != s || why != "" {
			t.Errorf("%s: %s, %q", s, got, why)
		}
	}
	if _, err := testConfig(JACK).measure(t.Context()); !errors.Is(err, jackd.ErrMissing) {
		t.Errorf("JACK that is not installed: %v", err)
	}
}
