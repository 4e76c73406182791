package device

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
)

func newDevice(t *testing.T, c Config) *Device {
	t.Helper()
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tools is a board behind a hub and an adapter.
func tools() Config {
	return Config{
		Name: "motor", Power: Uhubctl("1-1", 2),
		Flash: OpenOCD("adapter.cfg", "target.cfg"), Reset: OpenOCDReset("adapter.cfg", "target.cfg"),
	}
}

func image(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image.elf")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestPowerFlashReset(t *testing.T) {
	for _, c := range []Config{tools(), Labgrid("shelf")} {
		t.Run(c.Name, func(t *testing.T) {
			b := newBench(t)
			d, ctx := newDevice(t, c), t.Context()
			if err := errors.Join(d.Power(ctx, true), d.Flash(ctx, image(t, "one")), d.Reset(ctx), d.Control(ctx).Reset()); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(b.read("boots"), "boot of one\n"); got != 3 || b.read("power") != "on" {
				t.Errorf("power %q, starts:\n%s", b.read("power"), b.read("boots"))
			}
			if err := d.Power(ctx, false); err != nil || b.read("power") != "off" {
				t.Errorf("power %q, %v", b.read("power"), err)
			}
		})
	}
}

func TestConsole(t *testing.T) {
	b := newBench(t)
	b.write("flash", "two")
	b.boot()
	d := newDevice(t, Labgrid("shelf"))
	c, err := d.Console(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := c.Expect("boot of two\n", time.Minute); err != nil || text != "boot of two\n" {
		t.Errorf("the console says %q, %v", text, err)
	}
	if _, err := io.WriteString(c, "hello\n"); err != nil {
		t.Error(err)
	}
	if text, err := c.Expect("hello\n", time.Minute); err != nil || text != "you said hello\n" {
		t.Errorf("the console says %q, %v", text, err)
	}
	if _, err := c.Expect("more", time.Millisecond); !errors.Is(err, ErrText) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a text that does not come: %v", err)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	if _, err := c.Expect("more", time.Minute); err == nil {
		t.Error("a closed console says more")
	}

	ctx, cancel := context.WithCancel(t.Context())
	c, err = d.Console(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if text, err := io.ReadAll(c); err != nil {
		t.Errorf("the console of a context that has ended says %q, %v", text, err)
	}
	if _, err := c.Expect("more", time.Minute); !errors.Is(err, ErrText) || !errors.Is(err, io.EOF) {
		t.Errorf("a command that has ended: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestCommandThatFails(t *testing.T) {
	newBench(t)
	d := newDevice(t, tools())
	err := d.Flash(t.Context(), image(t, "one")) // without power
	var failed *CommandError
	var exit *exec.ExitError
	if !errors.As(err, &failed) || !errors.As(err, &exit) || failed.Action != "flash" || !strings.HasPrefix(err.Error(), "device: motor: flash: openocd -f adapter.cfg") || !strings.Contains(err.Error(), "exit status 1; it printed:\nError: init mode failed") {
		t.Errorf("flashed without power: %v", err)
	}
	if err := d.Power(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := d.Flash(t.Context(), "/nonexistent"); err == nil || !strings.Contains(err.Error(), "couldn't open /nonexistent") {
		t.Errorf("an image that is not there: %v", err)
	}
	if _, err := d.Console(t.Context()); !errors.Is(err, ErrNoCommand) || !strings.Contains(err.Error(), "console of motor") {
		t.Errorf("a console that is not given: %v", err)
	}
	bare := newDevice(t, Config{Name: "bare"})
	for _, err := range []error{bare.Power(t.Context(), true), bare.Power(t.Context(), false), bare.Reset(t.Context()), bare.Flash(t.Context(), "x")} {
		if !errors.Is(err, ErrNoCommand) {
			t.Errorf("a device without commands: %v", err)
		}
	}
	if c := bare.Control(t.Context()); c.Pause(false) != nil || !errors.Is(c.Pause(true), errors.ErrUnsupported) {
		t.Error("a pause is not refused")
	}
}

// A command that hangs ends at its limit, with the processes that it has started.
func TestCommandThatHangs(t *testing.T) {
	b := newBench(t)
	d := newDevice(t, Config{Name: "board", Reset: []string{"hang"}, Console: []string{"hang"}, Limit: 300 * time.Millisecond})
	err := d.Reset(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not done after 300ms") {
		t.Errorf("a command that hangs: %v", err)
	}
	if child, err := strconv.Atoi(b.read("child")); err == nil && !gone(child) {
		t.Errorf("its child, process %d, runs on", child)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Reset(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	c, err := d.Console(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Expect("waiting", time.Minute); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if c.cmd.ProcessState == nil {
		t.Error("the command of a closed console runs on")
	}
}

// gone waits until a process has ended.
func gone(pid int) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return errors.Is(err, unix.ESRCH)
	}
	defer unix.Close(fd)
	n, _ := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 5000)
	return n == 1
}

func TestConfigIsChecked(t *testing.T) {
	newBench(t)
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{}, `device: Config.Name "": must be given`},
		{Config{Name: "x", Limit: -1}, "Config.Limit -1ns: is negative"},
		{Config{Name: "x", Flash: []string{"openocd"}}, "put {image} into an argument"},
		{Config{Name: "x", Reset: []string{}}, "Config.Reset []: has no program"},
		{Config{Name: "x", Power: Switch{On: []string{""}}}, "Config.Power.On []: has no program"},
	} {
		var wrong *rt.ConfigError
		if _, err := New(c.config); !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.config, err, c.want)
		}
	}
	if _, err := New(Config{Name: "x", Console: []string{"picocom"}}); !errors.Is(err, ErrNotInstalled) || !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "Config.Console") {
		t.Errorf("a program that is not there: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := New(Labgrid("shelf")); !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "apt-get install labgrid") {
		t.Errorf("without labgrid: %v", err)
	}
	if got := (Config{Name: "x", Reset: []string{"a"}}).String(); got != `Name "x", Reset ["a"]` {
		t.Errorf("%s", got)
	}
}
