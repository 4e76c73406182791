package history

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/memkit-go/memkit/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the labels")

// shapes are the kinds of histories that are labelled.
var shapes = []string{"step up", "step down", "ramp", "spike", "two steps", "variance", "none"}

const (
	shapePoints = 100
	shapeNoise  = .05
	shapeSeeds  = 100
	// near is how far from its label a change may be found.
	near = 5
)

// label is where a change of the level lies: anywhere from From to To.
type label struct{ from, to int }

// shaped is a history of 100 commits with 5% of noise, and its labels. Levels change by
// 10 to 40%. A spike is one point, and it and more noise are no change of the level.
func shaped(shape string, seed uint64) (x []float64, labels []label) {
	rng := rand.New(rand.NewPCG(seed, 41))
	size := 1.1 + .3*rng.Float64()
	at := 20 + rng.IntN(60)
	level := func(int) float64 { return 1 }
	noise := func(int) float64 { return shapeNoise }
	step := func(at int, size float64) {
		before := level
		level = func(i int) float64 {
			if i >= at {
				return before(i) * size
			}
			return before(i)
		}
		labels = append(labels, label{at, at})
	}
	switch shape {
	case "step up":
		step(at, size)
	case "step down":
		step(at, 1/size)
	case "ramp":
		size += .1
		at = 20 + rng.IntN(40)
		level = func(i int) float64 { return math.Pow(size, math.Max(0, math.Min(1, float64(i-at)/20))) }
		labels = []label{{at, at + 20}}
	case "spike":
		level = func(i int) float64 {
			if i == at {
				return 2
			}
			return 1
		}
	case "two steps":
		first := 15 + rng.IntN(25)
		step(first, size)
		step(first+25+rng.IntN(25), 1.1+.3*rng.Float64())
	case "variance":
		noise = func(i int) float64 {
			if i >= at {
				return 3 * shapeNoise
			}
			return shapeNoise
		}
	}
	for i := range shapePoints {
		x = append(x, 100*level(i)*math.Exp(noise(i)*rng.NormFloat64()))
	}
	return x, labels
}

// labels reads those that are checked in.
func labels(t *testing.T) map[string][]label {
	t.Helper()
	path := filepath.Join("testdata", "labels.txt")
	if *update {
		var b strings.Builder
		for _, shape := range shapes {
			for seed := range uint64(shapeSeeds) {
				fmt.Fprintf(&b, "%s, %d:", shape, seed)
				_, labels := shaped(shape, seed)
				for _, l := range labels {
					fmt.Fprintf(&b, " %d-%d", l.from, l.to)
				}
				b.WriteByte('\n')
			}
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]label{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		all[name] = nil
		for _, field := range strings.Fields(rest) {
			var l label
			if _, err := fmt.Sscanf(field, "%d-%d", &l.from, &l.to); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			all[name] = append(all[name], l)
		}
	}
	return all
}

// tally counts findings.
type tally struct{ right, wrong, missed int }

func (c *tally) add(found []int, labels []label) {
	taken := make([]bool, len(labels))
	for _, at := range found {
		hit := false
		for i, l := range labels {
			if !taken[i] && at >= l.from-near && at <= l.to+near {
				taken[i], hit = true, true
				break
			}
		}
		if hit {
			c.right++
		} else {
			c.wrong++
		}
	}
	for _, t := range taken {
		if !t {
			c.missed++
		}
	}
}

func (c tally) f1() float64 {
	return 2 * float64(c.right) / float64(2*c.right+c.wrong+c.missed)
}

// movingAverage is a rule that many projects use: the mean of the last points against
// that of those before, with a limit on their ratio. Alarms that follow each other are
// one.
func movingAverage(x []float64, recent, past int, limit float64) (at []int) {
	quiet := 0
	for i := past; i+recent <= len(x); i++ {
		ratio := stat.Mean(x[i:i+recent], nil) / stat.Mean(x[i-past:i], nil)
		if ratio < 1+limit && ratio > 1/(1+limit) {
			quiet--
			continue
		}
		if quiet <= 0 {
			at = append(at, i)
		}
		quiet = past
	}
	return at
}

// TestF1: changes of labelled histories are found, better than by any moving average
// of a range of them.
func TestF1(t *testing.T) {
	testenv.SkipInRaceRun(t)
	labelled := labels(t)
	var ours tally
	type rule struct {
		recent, past int
		limit        float64
	}
	rules := map[rule]*tally{}
	for _, recent := range []int{3, 5, 10} {
		for _, past := range []int{10, 20} {
			for _, limit := range []float64{.05, .08, .1, .15} {
				rules[rule{recent, past, limit}] = &tally{}
			}
		}
	}
	for _, shape := range shapes {
		var own tally
		averages := map[rule]*tally{}
		for seed := range uint64(shapeSeeds) {
			want, known := labelled[fmt.Sprintf("%s, %d", shape, seed)]
			if !known {
				t.Fatalf("%s, %d has no label; -update writes them", shape, seed)
			}
			x, _ := shaped(shape, seed)
			var found []int
			for _, c := range Changes(x, .01) {
				found = append(found, c.At)
			}
			own.add(found, want)
			for r, c := range rules {
				at := movingAverage(x, r.recent, r.past, r.limit)
				c.add(at, want)
				if averages[r] == nil {
					averages[r] = &tally{}
				}
				averages[r].add(at, want)
			}
		}
		ours.right, ours.wrong, ours.missed = ours.right+own.right, ours.wrong+own.wrong, ours.missed+own.missed
		// The seeds are fixed: more than a few wrong ones are not chance.
		if most := 6; own.wrong > most || own.missed > most/2 {
			t.Errorf("%s: %d wrong, %d missed of %d", shape, own.wrong, own.missed, own.right+own.missed)
		}
		t.Logf("%-10s %3d right, %2d wrong, %2d missed", shape, own.right, own.wrong, own.missed)
	}
	best, name := 0.0, rule{}
	for r, c := range rules {
		if c.f1() > best {
			best, name = c.f1(), r
		}
	}
	t.Logf("F1 %.3f; the best of %d moving averages (last %d over %d before, limit %g): %.3f", ours.f1(), len(rules), name.recent, name.past, name.limit, best)
	if ours.f1() < .9 || ours.f1() < best {
		t.Errorf("F1 %.3f, want at least .9 and the best moving average's %.3f", ours.f1(), best)
	}
}
