package guard

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
)

// FuzzMessages: whatever a packet holds, it is read as what the other side may send, or
// refused.
func FuzzMessages(f *testing.F) {
	for _, p := range []any{request{opArm}, request{opDevice}, reply{Refused: refusedBusy}, reply{Socket: true, Period: 1e6, Silence: 20, SafeFrame: []byte("safe")}} {
		f.Add(packet(p))
	}
	f.Add([]byte(`{"Silence":-1}`))
	f.Add([]byte(`{"Op":"arm"} x`))
	f.Fuzz(func(t *testing.T, p []byte) {
		if r, err := parseRequest(p); err == nil {
			if r.Op != opArm && r.Op != opRelease && r.Op != opDevice {
				t.Errorf("%q is request %+v", p, r)
			}
		} else if !errors.Is(err, ErrHostile) {
			t.Errorf("%q: %v", p, err)
		}
		if r, err := parseReply(p); err == nil && (r.Refused != notRefused || r.Period < 0 || r.Silence < 0 || r.Silence > mostSilence || len(r.SafeFrame) > 1500) {
			t.Errorf("%q is reply %+v", p, r)
		}
	})
}

func TestMessages(t *testing.T) {
	for p, want := range map[string]error{
		`{"Refused":1}`:                   ErrBusy,
		`{"Silence":100001}`:              ErrHostile,
		`{"Silence":-1}`:                  ErrHostile,
		`{"Period":-1}`:                   ErrHostile,
		`{"Unknown":1}`:                   ErrHostile,
		``:                                ErrHostile,
		`{} {}`:                           ErrHostile,
		strings.Repeat(" ", 8<<10) + `{}`: ErrHostile,
	} {
		if _, err := parseReply([]byte(p)); !errors.Is(err, want) {
			t.Errorf("%.30q: %v, want %v", p, err, want)
		}
	}
	if _, err := parseReply([]byte(`{"Refused":2,"Text":"no room"}`)); err == nil || err.Error() != "guard: refused: no room" {
		t.Errorf("%v", err)
	}
}

// TestConfig: an error names the field.
func TestConfig(t *testing.T) {
	good := func() Config {
		return Config{Memory: true, Period: time.Millisecond, SafeFrame: []byte("safe")}
	}
	for field, change := range map[string]func(*Config){
		"UDP, Unix, Serial, CAN, Memory": func(c *Config) { c.UDP = &bus.UDPConfig{} },
		"Unix":                           func(c *Config) { c.Memory, c.Unix = false, &bus.UnixConfig{Local: "@here", Remote: "/there"} },
		"SafeLocal":                      func(c *Config) { c.SafeLocal = "127.0.0.1:1" },
		"SafeFrame":                      func(c *Config) { c.SafeFrame = make([]byte, bus.MemoryFrame+1) },
		"Period":                         func(c *Config) { c.Period = 0 },
		"Silence":                        func(c *Config) { c.Silence = 1 },
		"FirstBeat":                      func(c *Config) { c.FirstBeat = time.Microsecond },
	} {
		c := good()
		change(&c)
		_, err := c.validate()
		var config *rt.ConfigError
		if !errors.As(err, &config) || config.Field != "Config."+field || !strings.HasPrefix(err.Error(), "guard: ") {
			t.Errorf("%s: %v", field, err)
		}
	}
	c := good()
	c.SafeFrame = nil
	if _, err := c.validate(); err == nil {
		t.Error("a guard without a safe state")
	}
	s, err := good().validate()
	if err != nil || s.Silence != 20 || s.FirstBeat != time.Second || s.Policy != rt.FIFO(90) || s.CPU != -1 {
		t.Errorf("%+v, %v", s, err)
	}
	portable := good()
	portable.Mode = rt.Portable
	if s, err := portable.validate(); err != nil || s.Policy != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestStrings(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Trip{Reason: Silent, At: 30e6, LastBeat: 10e6}.String(), "silent, 20ms after the last beat"},
		{Trip{Reason: NoFirstBeat, At: 30e6}.String(), "no first beat"},
		{Trip{Reason: Armed, LastBeat: 10e6}.String(), "armed"},
		{Reason(99).String(), "unknown reason"},
		{Idle.String(), "idle"},
		{Status{Arms: 1}.String(), "armed, 1 arms, 0 trips, 0 looks, 0 safe frames sent, 0 failed, 0 frames forwarded, 0 refused, 0 discarded, 0 malformed"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// TestHostileCells: a reason that does not exist counts as a trip.
func TestHostileCells(t *testing.T) {
	var c cells
	c.reason.Store(1 << 31)
	if got := c.trip().Reason; got != Silent {
		t.Errorf("%v", got)
	}
}

// TestSafeStateNames: what the guard's process could not be told to call.
func TestSafeStateNames(t *testing.T) {
	f := func(Trip, bus.Port) error { return nil }
	for name, call := range map[string]func(Trip, bus.Port) error{"": f, "test.nil": nil, parkState.name: f} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken", name)
				}
			}()
			NewSafeState(name, call)
		}()
	}
}
