package history

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Bench is what happened to one benchmark.
type Bench struct {
	Name    string      `json:"name"`
	Unit    string      `json:"unit"`
	Figures []*Figure   `json:"metrics"`
	Changes []BenchStep `json:"changes"`
}

// Figure is one metric over the commits.
type Figure struct {
	Metric string `json:"metric"`
	N      int    `json:"n"`
	// Last is the last value, with its upper limit where it has one.
	Last      float64  `json:"last"`
	LastUpper *float64 `json:"last_upper,omitempty"`
	// At are the points of the values.
	At     []int    `json:"-"`
	Values []Value  `json:"-"`
	Found  []Change `json:"-"`
}

// BenchStep is a change of a benchmark: its metric that changed most certainly, and the
// others that changed with it.
type BenchStep struct {
	Commit  string     `json:"commit"`
	Created string     `json:"created"`
	Metric  string     `json:"metric"`
	Before  float64    `json:"before"`
	After   float64    `json:"after"`
	Effect  float64    `json:"effect"`
	CI      [2]float64 `json:"ci"`
	// Also lists the other metrics that changed here.
	Also []string `json:"also,omitempty"`
	// Machine says that the certificates before and after are of different machines or
	// kernels, which may be the cause.
	Machine string `json:"machine,omitempty"`
	// At is the first point of the new level.
	At int `json:"-"`
}

// together is how many points apart changes of two metrics are one event.
const together = Segment

// Benches finds the changes of every benchmark, beyond margin.
func (h *History) Benches(margin float64) []*Bench {
	var benches []*Bench
	byName := map[string]*Bench{}
	figures := make([]*Figure, len(h.Keys))
	for i, k := range h.Keys {
		b := byName[k.Bench]
		if b == nil {
			b = &Bench{Name: k.Bench, Unit: k.Unit, Changes: []BenchStep{}}
			byName[k.Bench] = b
			benches = append(benches, b)
		}
		figures[i] = &Figure{Metric: k.Metric}
		b.Figures = append(b.Figures, figures[i])
	}
	for i, p := range h.Points {
		for _, v := range p.Values {
			f := figures[v.Figure]
			f.At, f.Values = append(f.At, i), append(f.Values, v)
		}
	}
	each(figures, func(f *Figure) { f.find(margin) })
	for _, b := range benches {
		b.Figures = slices.DeleteFunc(b.Figures, func(f *Figure) bool { return f.N == 0 })
		b.Changes = append(b.Changes, h.events(b)...)
	}
	benches = slices.DeleteFunc(benches, func(b *Bench) bool { return len(b.Figures) == 0 })
	slices.SortFunc(benches, func(a, b *Bench) int { return strings.Compare(a.Name, b.Name) })
	return benches
}

// each calls work for all figures, on all CPUs.
func each(figures []*Figure, work func(*Figure)) {
	var wait sync.WaitGroup
	next := make(chan *Figure)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for f := range next {
				work(f)
			}
		})
	}
	for _, f := range figures {
		next <- f
	}
	close(next)
	wait.Wait()
}

// find finds the changes of one figure.
func (f *Figure) find(margin float64) {
	f.N = len(f.Values)
	if f.N == 0 {
		return
	}
	x := make([]float64, f.N)
	for i, v := range f.Values {
		x[i] = v.V
	}
	f.Found = Changes(x, margin)
	last := f.Values[f.N-1]
	f.Last = last.V
	if !math.IsNaN(last.Upper) && !math.IsInf(last.Upper, 0) {
		f.LastUpper = &last.Upper
	}
}

// events joins the changes of a benchmark's figures.
func (h *History) events(b *Bench) (steps []BenchStep) {
	type found struct {
		Change
		metric string
		// certainty is the distance of the effect from none, in widths of its interval.
		certainty float64
	}
	var all []found
	for _, f := range b.Figures {
		for _, c := range f.Found {
			at := c.At
			c.At = f.At[at]
			certainty := math.Abs(math.Log1p(c.Effect)) / math.Max(math.Log1p(c.Upper)-math.Log1p(c.Lower), 1e-12)
			all = append(all, found{c, f.Metric, certainty})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(a.At, b.At) })
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].At-all[0].At <= together {
			n++
		}
		group := all[:n]
		all = all[n:]
		c := slices.MaxFunc(group, func(a, b found) int { return cmp.Compare(a.certainty, b.certainty) })
		p := h.Points[c.At]
		s := BenchStep{
			Commit: p.Commit, Created: p.Created, Metric: c.metric, At: c.At,
			Before: c.Before, After: c.After, Effect: c.Effect, CI: [2]float64{c.Lower, c.Upper},
		}
		for _, other := range group {
			if other.metric != c.metric && !slices.Contains(s.Also, other.metric) {
				s.Also = append(s.Also, other.metric)
			}
		}
		if c.At > 0 {
			if before := h.Points[c.At-1].Machine; before != p.Machine {
				s.Machine = before + " → " + p.Machine
			}
		}
		steps = append(steps, s)
	}
	return steps
}
