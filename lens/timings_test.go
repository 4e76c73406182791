package lens

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimingsResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m Timings
		m.end() // before any phase
		for _, step := range []struct {
			phase string
			takes time.Duration
		}{{"a", 1}, {"b", 10}, {"a", 100}} {
			m.begin(step.phase)
			time.Sleep(step.takes)
		}
		m.end()
		time.Sleep(1000) // outside of all phases
		m.end()
		if len(m.Phases) != 2 || m.Phases[0].Wall != 101 || m.Phases[1].Wall != 10 {
			t.Errorf("%+v", m.Phases)
		}
	})
	var none *Timings
	none.begin("a")
	none.end()
}

func TestTimingsText(t *testing.T) {
	m := Timings{Lines: 200_000, Phases: []Phase{
		{Name: "load", Wall: 2 * time.Second, Processor: 3 * time.Second},
		{Name: "link", Wall: time.Second, Processor: time.Second},
	}}
	const want = `200000 lines of source
phase                wall  processor
load               2.00 s     3.00 s
link               1.00 s     1.00 s
all                3.00 s     4.00 s
100,000 lines      1.50 s     2.00 s
`
	if got := m.String(); got != want {
		t.Errorf("%s, not\n%s", got, want)
	}
	if got := (&Timings{}).String(); strings.Contains(got, "100,000") {
		t.Errorf("a rate for no lines: %s", got)
	}
}
