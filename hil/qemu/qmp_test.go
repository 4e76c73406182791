package qemu

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/hil/qemu/internal/line"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want message
	}{
		{`{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}`, message{greeting: true}},
		{`{"return": {}}` + "\r", message{answer: true}},
		{`{"return": {"status": "running", "running": true}}`, message{answer: true}},
		{`{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "RESET", "data": {"guest": false}}`, message{event: "RESET"}},
		{`{}`, message{}},
	} {
		if m, err := parse([]byte(c.text)); err != nil || m != c.want {
			t.Errorf("%s is read as %+v, %v", c.text, m, err)
		}
	}
	m, err := parse([]byte(`{"error": {"class": "CommandNotFound", "desc": "The command bogus has not been found"}}`))
	if err != nil || !m.answer || m.refusal == nil || m.refusal.Class != "CommandNotFound" || !strings.Contains(m.refusal.Reason, "bogus") {
		t.Errorf("a refusal is read as %+v, %v", m, err)
	}
	for _, text := range []string{"", "{", "hello", `["return"]`, `{"event": 3}`} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"QMP": {}}`, `{"return": {}}`, `{"event": "STOP"}`, `{"error": {"class": "GenericError", "desc": "x"}}`, `{"return": null}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parse(text)
		if err != nil && m != (message{}) {
			t.Errorf("%q: %+v and %v", text, m, err)
		}
		if m.refusal != nil && !m.answer || m.greeting && (m.answer || m.event != "") {
			t.Errorf("%q is two things: %+v", text, m)
		}
	})
}

// qemuThat answers each line that it gets with the next text, and then ends.
func qemuThat(t *testing.T, greeting string, answers ...string) *monitor {
	t.Helper()
	s, other, err := line.Pair()
	if err != nil {
		t.Skip(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer other.Close()
		play(other, greeting, answers)
	}()
	t.Cleanup(func() { s.Close(); <-done })
	return &monitor{stream: s, seen: map[string]bool{}}
}

func play(f *os.File, greeting string, answers []string) {
	f.WriteString(greeting)
	b := make([]byte, 4096)
	for _, a := range answers {
		if n, err := f.Read(b); err != nil || b[n-1] != '\n' {
			return
		}
		f.WriteString(a)
	}
	f.Read(b)
}

const (
	hello   = "{\"QMP\": {}}\r\n"
	yes     = "{\"return\": {}}\r\n"
	refusal = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"not now\"}}\r\n"
	reset   = "{\"event\": \"RESET\"}\r\n"
	long    = time.Minute // longer than a test waits
)

func TestMonitor(t *testing.T) {
	m := qemuThat(t, hello, yes, "{\"event\": \"STOP\"}\r\n"+yes, reset+yes, refusal, yes+reset)
	if err := m.open(long); err != nil {
		t.Fatal(err)
	}
	if err := m.do("stop", long); err != nil || !m.seen["STOP"] {
		t.Errorf("stop: %v, seen %v", err, m.seen)
	}
	if err := m.do("system_reset", long); err != nil || m.await("RESET", long) != nil {
		t.Errorf("reset: %v", err)
	}
	var refused *CommandError
	if err := m.do("cont", long); !errors.As(err, &refused) || refused.Command != "cont" || refused.Reason != "not now" {
		t.Errorf("a refused command: %v", err)
	}
	// An event of an earlier command does not count for the next.
	m.seen["RESET"] = true
	if err := m.do("system_reset", long); err != nil || m.seen["RESET"] && len(m.in) > 0 {
		t.Errorf("reset: %v, seen %v before its event was read", err, m.seen)
	}
	if err := m.await("RESET", long); err != nil {
		t.Error(err)
	}
}

func TestMonitorThatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, greeting string
		answers        []string
		limit          time.Duration
		want           string
	}{
		{"says nothing", "", nil, time.Millisecond, line.ErrEmpty.Error()},
		{"speaks another language", "SSH-2.0\n", nil, long, "not an object"},
		{"sends a line without end", strings.Repeat("x", mostLine+4096), nil, long, "longer than"},
		{"ends", hello, []string{yes[:5]}, long, ""},
		{"sends events alone", hello, []string{strings.Repeat(reset, mostObjects+1)}, long, line.ErrEmpty.Error()},
		{"greets without end", strings.Repeat(yes, mostObjects), nil, long, "no greeting"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := qemuThat(t, c.greeting, c.answers...)
			limit := c.limit
			if c.name == "ends" {
				limit = 50 * time.Millisecond
			}
			if err := m.open(limit); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	m := qemuThat(t, hello, yes)
	if err := m.open(long); err != nil {
		t.Fatal(err)
	}
	if err := m.await("RESET", time.Millisecond); err != line.ErrEmpty {
		t.Errorf("an event that does not come: %v", err)
	}
}
