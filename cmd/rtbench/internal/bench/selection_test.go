package bench

import (
	"strings"
	"testing"
)

func catalogue() []Benchmark {
	return []Benchmark{
		{Name: "loop/wake-1ms", Suites: []string{"loop"}},
		{Name: "spsc/rtt", Suites: []string{"ring", "memory"}},
		{Name: "pool/local", Suites: []string{"memory"}},
	}
}

func TestSelection(t *testing.T) {
	for _, c := range []struct {
		s    Selection
		want string
	}{
		{Selection{}, "loop/wake-1ms spsc/rtt pool/local"},
		{Selection{Names: []string{"pool/local", "loop/wake-1ms"}}, "loop/wake-1ms pool/local"},
		{Selection{Suites: []string{"memory"}}, "spsc/rtt pool/local"},
		{Selection{Names: []string{"spsc/rtt"}, Suites: []string{"ring", "loop"}}, "loop/wake-1ms spsc/rtt"},
		{Selection{Names: []string{"pool/lokal"}}, `unknown benchmark "pool/lokal", did you mean "pool/local"?`},
		{Selection{Names: []string{"xyz"}}, "unknown benchmark \"xyz\"; `rtbench list`"},
		{Selection{Suites: []string{"lop"}}, `unknown suite "lop"; there are loop, memory, ring`},
	} {
		got, err := c.s.From(catalogue())
		var names []string
		for _, b := range got {
			names = append(names, b.Name)
		}
		text := strings.Join(names, " ")
		if err != nil {
			text = err.Error()
		}
		if !strings.HasPrefix(text, c.want) {
			t.Errorf("%+v: %s, want %s", c.s, text, c.want)
		}
	}
}
