package soundserver

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestStartFails: a program that ends at once is an error with its last words, and
// so is one that is not there; both are cleaned up after.
func TestStartFails(t *testing.T) {
	for _, c := range []struct {
		cmd  *exec.Cmd
		want string
	}{
		{exec.Command("sh", "-c", "echo no card >&2; exit 3"), "no card"},
		{exec.Command("/nowhere/server"), "/nowhere/server"},
	} {
		cleaned := 0
		p, err := Start(t.Context(), Launch{Cmd: c.cmd, Socket: "/nowhere/socket", Ended: func(err error) {
			if err == nil {
				t.Errorf("%v: ended well", c.cmd)
			}
			cleaned++
		}})
		if p != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, error %v; want one with %q", c.cmd, p, err, c.want)
		}
		if cleaned != 1 {
			t.Errorf("%v: cleaned up %d times", c.cmd, cleaned)
		}
	}
}

// TestHung: the reason why a server does not become ready ends the wait for it, and the
// server.
func TestHung(t *testing.T) {
	reason := errors.New("it waits for a lock")
	asked, ended := 0, false
	_, err := Start(t.Context(), Launch{
		Cmd: exec.Command("sleep", "60"), Socket: "/nowhere/socket",
		Hung: func(last bool) error {
			asked++
			if last {
				t.Error("asked for the last time after a second")
			}
			return reason
		},
		Ended: func(err error) { ended = err != nil },
	})
	if !errors.Is(err, reason) || asked != 1 || !ended {
		t.Errorf("error %v, asked %d times, ended %v", err, asked, ended)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = Start(ctx, Launch{Cmd: exec.Command("sleep", "60"), Socket: "/nowhere/socket", Hung: func(last bool) error {
		if !last { // a machine that stood still for a second
			return nil
		}
		return reason
	}})
	if !errors.Is(err, reason) {
		t.Errorf("when the time was over: %v", err)
	}
}

// TestListen: lines arrive whole, whatever the writes, and from Listen on.
func TestListen(t *testing.T) {
	var p Process
	write := func(text string) {
		if _, err := p.words.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	var heard []string
	write("before\nhalf a line, ")
	p.Listen(func(line string) { heard = append(heard, line) })
	write("its end\none\ntw")
	write("o\n\nthree")
	write("\n" + strings.Repeat("x", 3*lineSize))
	p.Listen(nil)
	write("not heard\n")
	if want := []string{"its end", "one", "two", "", "three"}; !slices.Equal(heard, want) {
		t.Errorf("%q, want %q", heard, want)
	}
}

func TestRealTimePriority(t *testing.T) {
	fields := strings.Repeat("0 ", 36) + "70 1 0"
	for _, c := range []struct {
		stat string
		want int
	}{
		{"17 (jackd) S " + fields, 70},
		{"17 (odd) name) S " + fields, 70},
		{"17 (jackd) S 1 2", 0},
		{"", 0},
	} {
		if got := realTimePriority([]byte(c.stat)); got != c.want {
			t.Errorf("%q: priority %d, want %d", c.stat, got, c.want)
		}
	}
}
