package rt

import (
	"fmt"
	"testing"
)

func TestParseWaits(t *testing.T) {
	for _, c := range []struct {
		text string
		want waits
		ok   bool
	}{
		{"837896 74662 3\n", waits{837896, 74662}, true},
		{"0 0 0\n", waits{}, true},
		{"999999999999999999 5 1\n", waits{999999999999999999, 5}, true},
		{"1000000000000000000 5 1\n", waits{}, false}, // 31 years
		{"", waits{}, false}, {"12", waits{}, false}, {"12 34", waits{}, false},
		{" 1 2 ", waits{}, false}, {"-1 2 3", waits{}, false}, {"1\n2 3", waits{}, false},
	} {
		if got, ok := parseWaits([]byte(c.text)); ok != c.ok || ok && got != c.want {
			t.Errorf("parseWaits(%q) = %v, %v; want %v, %v", c.text, got, ok, c.want, c.ok)
		}
	}
}

func FuzzParseWaits(f *testing.F) {
	for _, text := range []string{"837896 74662 3\n", "1 2", "9999999999999999999 1 1\n", " 1 2 3"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		w, ok := parseWaits(text)
		if !ok {
			return
		}
		var a, b int64
		if n, err := fmt.Sscanf(string(text), "%d %d ", &a, &b); n != 2 || a != w.ran || b != w.waited {
			t.Errorf("parseWaits(%q) = %v; fmt reads %d %d, %v", text, w, a, b, err)
		}
	})
}
