package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/history"
	"github.com/memkit-go/memkit/internal/testenv"
)

// longHistory has n certificates; figure "<x>" of a benchmark with a hostile name
// rises by half in the middle, the others stay.
func longHistory(n int) *history.History {
	h := &history.History{Keys: []history.Key{{Bench: "a/<b>&\"", Metric: "p99", Unit: "ns"}, {Bench: "a/<b>&\"", Metric: "mean", Unit: "ns"}, {Bench: "A__b_", Metric: "p50", Unit: "ns"}}}
	for i := range n {
		level := 1e5
		if i >= n/2 {
			level *= 1.5
		}
		v := func(figure int, level float64) history.Value {
			return history.Value{Figure: figure, V: level * (1 + float64(i*7919%100)/1e3), Upper: math.NaN()}
		}
		p := history.Point{Commit: fmt.Sprintf("%040x", i+0xabc), Created: fmt.Sprintf("2026-01-01T00:00:00.%06dZ", i), Machine: "<m>"}
		p.Values = []history.Value{v(0, level), v(1, 10), v(2, 77)}
		p.Values[0].Upper = 2 * level
		h.Points = append(h.Points, p)
	}
	return h
}

// pages writes a history into memory.
func pages(t *testing.T, h *history.History) map[string]string {
	testenv.SkipInRaceRun(t)
	t.Helper()
	all := map[string]string{}
	err := HistoryPages(h, h.Benches(.01), func(name string, page func(io.Writer) error) error {
		var b strings.Builder
		err := page(&b)
		if all[name] != "" {
			t.Errorf("%s is written twice", name)
		}
		all[name] = b.String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestHistoryPages(t *testing.T) {
	for _, n := range []int{1, 2, 60, 2000} {
		all := pages(t, longHistory(n))
		if len(all) != 3 || all[HistoryIndex] == "" || all["A__b_.html"] == "" {
			t.Fatalf("%d pages", len(all))
		}
		for name, page := range all {
			checkPage(t, page)
			if len(page) > 200_000 {
				t.Errorf("%s: %d bytes for %d certificates", name, len(page), n)
			}
		}
		if n < 60 {
			continue
		}
		index := all[HistoryIndex]
		for _, want := range []string{"1 change in 2 benchmarks of", "a/&lt;b&gt;&amp;", "p99 ▲ &#43;50", "&lt;m&gt;"} {
			if !strings.Contains(index, want) {
				t.Errorf("%d: %q is missing in the index", n, want)
			}
		}
		var page string
		for name := range all {
			if name != HistoryIndex && name != "A__b_.html" {
				page = all[name]
				if strings.ContainsAny(name, "/<>&\" ") || !strings.Contains(index, `href="`+name+`"`) {
					t.Errorf("page %q is not linked to, or its name is no name", name)
				}
			}
		}
		if !strings.Contains(page, fmt.Sprintf("<code>%.10s</code>", fmt.Sprintf("%040x", n/2+0xabc))) {
			t.Errorf("%d: the commit is missing", n)
		}
		if strings.Count(page, "<svg") != 2 {
			t.Errorf("%d: %d figures", n, strings.Count(page, "<svg"))
		}
	}
}

func TestHistoryNames(t *testing.T) {
	var benches []*history.Bench
	for _, n := range []string{"a/b", "a_b", "A_B", "index", "..", "µ"} {
		benches = append(benches, &history.Bench{Name: n})
	}
	if got := strings.Join(historyNames(benches), " "); got != "a_b.html a_b-2.html A_B-3.html index-2.html _.html _-2.html" {
		t.Errorf("%s", got)
	}
}
