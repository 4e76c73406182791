package soundserver

import (
	"os/exec"
	"strings"
	"testing"
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
		p, err := Start(t.Context(), c.cmd, "/nowhere/socket", func() { cleaned++ })
		if p != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, error %v; want one with %q", c.cmd, p, err, c.want)
		}
		if cleaned != 1 {
			t.Errorf("%v: cleaned up %d times", c.cmd, cleaned)
		}
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
