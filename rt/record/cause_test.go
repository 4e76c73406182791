package record

import "testing"

func TestCauseText(t *testing.T) {
	for c, want := range map[Cause]string{
		Unattributed:              "unattributed",
		Steal:                     "steal",
		Steal | Switch | Overrun:  "steal|switch|overrun",
		Throttled | StoppedWorld:  "stopped-world|throttled",
		LostP | Interrupted:       "interrupted|lost-p",
		Fault | 1<<12:             "fault|0x1000",
		Cause(0x8000) | Cause(64): "throttled|0x8000",
	} {
		if got := c.String(); got != want {
			t.Errorf("%#x: %q, want %q", uint16(c), got, want)
		}
	}
	for c := range Cause(1 << 10) {
		text, err := c.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Cause
		if err := back.UnmarshalText(text); err != nil || back != c {
			t.Fatalf("%#x came back from %q as %#x, %v", uint16(c), text, uint16(back), err)
		}
	}
	var c Cause
	for _, text := range []string{"", "steel", "steal|", "0x10000"} {
		if err := c.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was accepted as %v", text, c)
		}
	}
}
