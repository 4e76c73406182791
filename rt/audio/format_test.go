//go:build cgo && linux

package audio_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/internal/pipewired"
	"github.com/memkit-go/memkit/rt/audio"
)

// cycles judges the cycles of a stream.
type cycles struct {
	mu     sync.Mutex
	frames int // of the last cycle
	good   int // cycles of that size in a row without a substitute
	next   int64
	torn   int // cycles that do not begin where the one before has ended
}

func (c *cycles) see(y audio.Cycle) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != 0 && y.Frame != c.next {
		c.torn++
	}
	c.next = y.Frame + int64(y.N)
	if y.N != c.frames || y.Missed {
		c.good = 0
	}
	if c.frames = y.N; !y.Missed {
		c.good++
	}
}

// begin forgets the good cycles so far.
func (c *cycles) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.good = 0
}

// well reports whether enough cycles of a size were good, one after another.
func (c *cycles) well(frames int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frames == frames && c.good >= enough
}

// check checks that the cycles followed each other and the stream is well.
func (c *cycles) check(t *testing.T, s *audio.Stream) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := s.Err(); err != nil || c.torn != 0 {
		t.Errorf("%d cycles do not follow each other; %v", c.torn, err)
	}
}

// enough good cycles in a row are no accident.
const enough = 20

// follower checks what a Processor is told of a device that changes.
type follower struct {
	mu       sync.Mutex
	spec     audio.Spec
	prepared bool // for another rate, and not called since
	n        int
	frame    int64
	changes  int
	wrong    []string
}

func (f *follower) Prepare(s audio.Spec) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prepared = f.spec.Rate != 0
	f.spec = s
	return nil
}

func (f *follower) Reset() {}

func (f *follower) Process(b *audio.Block) {
	f.mu.Lock()
	defer f.mu.Unlock()
	other := f.prepared || f.n != 0 && b.N != f.n
	if other != (b.Flags&audio.Changed != 0) {
		f.fault("%d to %d frames, another rate %v, flags %v", f.n, b.N, f.prepared, b.Flags)
	}
	if other {
		f.changes++
	}
	if f.n != 0 && b.Flags&audio.Gap == 0 && b.Frame != f.frame {
		f.fault("frame %d follows %d without Gap", b.Frame, f.frame)
	}
	if b.N > f.spec.MaxFrames || len(b.Out[0]) != b.N {
		f.fault("a block of %d frames, of at most %d", b.N, f.spec.MaxFrames)
	}
	f.prepared, f.n, f.frame = false, b.N, b.Frame+int64(b.N)
	for _, out := range b.Out {
		for i := range out {
			out[i] = 0.25
		}
	}
}

func (f *follower) fault(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// check checks how often the device has changed.
func (f *follower) check(t *testing.T, changes int) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.wrong) > 0 || f.changes != changes {
		t.Errorf("%d changes, want %d; %q", f.changes, changes, f.wrong)
	}
}

// plays waits until a stream plays blocks of a size without substitutes.
func plays(t *testing.T, s *audio.Stream, c *cycles, frames int) {
	t.Helper()
	c.begin()
	until(t, s, fmt.Sprintf("%d good cycles of %d frames", enough, frames), func(st audio.Stats) bool {
		return c.well(frames) && st.State == audio.Running
	})
}

// shell runs a command and returns what it prints.
func shell(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	words, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, words)
	}
	return string(words)
}

// setBufferSize has a JACK server take a buffer size. jack_bufsize may report success
// though a busy server has not done it, so the server is asked, and told again.
func setBufferSize(t *testing.T, frames int) {
	t.Helper()
	want := strconv.Itoa(frames)
	got := ""
	for range 60 {
		shell(t, "jack_bufsize", want)
		got = shell(t, "jack_bufsize") // and a warning, where memory cannot be locked
		if slices.Contains(strings.Fields(got), want) {
			return
		}
	}
	t.Fatalf("after 60 commands to make the server's buffer size %s it is %s", want, got)
}

// TestBufferSize: a stream plays on without substitutes after each change of a JACK
// server's buffer size, in this process and in an isolate.
func TestBufferSize(t *testing.T) {
	if _, err := exec.LookPath("jack_bufsize"); err != nil {
		t.Skip("jack_bufsize is not installed; on Debian and Ubuntu: apt-get install jack-example-tools")
	}
	jackdtest.Start(t)
	here := &follower{}
	for name, p := range map[string]audio.Processor{"here": here, "isolate": hum} {
		t.Run(name, func(t *testing.T) {
			c := &cycles{}
			s := started(t, audio.Config{Out: 2, OnCycle: c.see}, p)
			for _, frames := range []int{64, 256, 1024, 64} {
				setBufferSize(t, frames)
				plays(t, s, c, frames)
			}
			c.check(t, s)
		})
	}
	here.check(t, 3)
}

// onPipeWire is set where the tests run as clients of PipeWire.
const onPipeWire = "MEMKIT_TEST_ON_PIPEWIRE"

// TestPipeWire runs TestPipeWireChanges as a client of a PipeWire server.
func TestPipeWire(t *testing.T) {
	if err := pipewired.Installed(); err != nil {
		t.Skip(err)
	}
	if _, err := exec.LookPath("pw-metadata"); err != nil {
		t.Skip("pw-metadata is not installed; on Debian and Ubuntu: apt-get install pipewire-bin")
	}
	server, err := pipewired.Start(t.Context(), pipewired.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestPipeWireChanges$", "-test.v")
	cmd.Env = append(append(os.Environ(), server.Env()...), onPipeWire+"=1", "PIPEWIRE_CONFIG_NAME=jack.conf")
	words, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(words), "--- PASS: TestPipeWireChanges") {
		t.Errorf("%v\n%s\n%s", err, words, server.Output())
	}
	if strings.Contains(string(words), serverCrashed) {
		select {
		case <-server.Ended():
			t.Logf("%s: %v\n%s", serverCrashed, server.Err(), server.Output())
		case <-time.After(time.Minute):
			t.Errorf("a stream has lost its server, which runs\n%s\n%s", words, server.Output())
		}
	}
}

// serverCrashed is why a test gives up after PipeWire has closed its streams, which
// TestPipeWire holds to be true.
const serverCrashed = "PipeWire itself has crashed"

// TestPipeWireChanges: a stream plays on after changes of the server's quantum and of
// its rate, for which its Processor is prepared anew.
func TestPipeWireChanges(t *testing.T) {
	if os.Getenv(onPipeWire) == "" {
		t.Skip("runs in a process that TestPipeWire starts")
	}
	set := func(key string, value int) {
		shell(t, "pw-metadata", "-n", "settings", "0", "clock.force-"+key, strconv.Itoa(value))
	}
	here := &follower{}
	for _, c := range []struct {
		name string
		p    audio.Processor
	}{{"here", here}, {"isolate", hum}} {
		t.Run(c.name, func(t *testing.T) {
			heard := &cycles{}
			s := started(t, audio.Config{Out: 2, OnCycle: heard.see}, c.p)
			plays(t, s, heard, 64)
			for _, frames := range []int{256, 1024, 64} {
				set("quantum", frames)
				plays(t, s, heard, frames)
			}
			for _, rate := range []int{44100, 96000, 48000} {
				set("rate", rate)
				until(t, s, "the rate", func(st audio.Stats) bool { return s.Spec().Rate == float64(rate) && st.State == audio.Running })
				plays(t, s, heard, 64)
			}
			heard.check(t, s)
		})
	}
	here.check(t, 6)
	t.Run("a callback that waits", func(t *testing.T) {
		s := started(t, audio.Config{Out: 2}, unhurried)
		for i := range 9 {
			rate := []int{44100, 96000, 48000}[i%3]
			set("rate", rate)
			before := s.Stats().Blocks
			until(t, s, "blocks at the rate", func(st audio.Stats) bool {
				if errors.Is(s.Err(), audio.ErrDeviceGone) {
					t.Skip(serverCrashed)
				}
				if st.State == audio.Failed {
					t.Fatal(s.Err())
				}
				return s.Spec().Rate == float64(rate) && st.State == audio.Running && st.Blocks >= before+20
			})
		}
	})
}

// unhurried takes most of a block's time, so that the callback waits while PipeWire
// unmaps its buffers.
var unhurried = audio.Declare("unhurried over PipeWire", func([]string) (audio.Processor, error) {
	return &actor{act: func(_ int64, b *audio.Block) { spend(400 * time.Microsecond) }}, nil
})
