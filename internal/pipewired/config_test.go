package pipewired

import (
	"strings"
	"testing"
)

// TestTexts: the settings are in the places where PipeWire reads them, and clients
// have a lower priority than the server.
func TestTexts(t *testing.T) {
	c, err := Config{Rate: 44100, Frames: 128, Priority: 60}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	n := named{c, "one"}
	server, client := string(n.text(serverText)), string(n.text(clientText))
	for _, c := range []struct{ text, want string }{
		{server, "core.name = one\n"},
		{server, "default.clock.rate = 44100\n"},
		{server, "default.clock.quantum = 128\n"},
		{server, "default.clock.min-quantum = 128\n"},
		{server, "default.clock.max-quantum = 128\n"},
		{server, "audio.rate = 44100\n"},
		{server, "args = { rt.prio = 60 }"},
		{client, "args = { rt.prio = 55 }"},
		{client, "rt.prio = 61\n"},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("no %q in\n%s", c.want, c.text)
		}
	}
}
