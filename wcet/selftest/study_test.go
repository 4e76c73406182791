package selftest

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/wcet/evt"
	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// studySeed is of the draws of [TestSoakStudy]; no constant was calibrated on them.
const studySeed = 20261130

// A modeRow is what bounds of one kind of samples did. Repetitions are numbered, so
// that a study goes on where it was left.
type modeRow struct {
	Kind string `json:"kind"`
	// Share of the slow mode; 0 of one population.
	Share  float64 `json:"share"`
	N      int     `json:"n"`
	Target float64 `json:"target"`
	// Reps drawn, of which Given have a supported bound, Covered one beyond the truth.
	Reps    int `json:"reps"`
	Given   int `json:"given"`
	Covered int `json:"covered"`
	// ByMode are refused for nothing but a mode that shows.
	ByMode int `json:"by_mode"`
	// Widths of the given bounds: upper limit over truth.
	Widths []float32 `json:"widths,omitempty"`

	family family.Family
	wanted int
}

// study is what docs/evidence/modes.md shows.
type study struct {
	Modes []*modeRow `json:"modes"`
}

// newStudy lists the cases, the more decisive ones with more repetitions.
func newStudy() *study {
	s := &study{}
	for _, n := range []int{2000, 20_000, 200_000} {
		for _, kind := range family.Bases() {
			s.Modes = append(s.Modes, &modeRow{Kind: kind.Name, N: n, Target: 1e-6, family: kind.Family(), wanted: basesWanted(n)})
		}
	}
	for _, c := range []struct {
		n     int
		share float64
	}{{2000, 0.01}, {5000, 0.004}, {20_000, 0.001}, {200_000, 0.0001}, {5000, 0.01}, {20_000, 0.003}, {20_000, 0.01}, {200_000, 0.001}} {
		// Where a run meets the mode twenty times, it is hardest to see.
		wanted := 1000
		if float64(c.n)*c.share > 40 {
			wanted = 100
		}
		for _, f := range family.Modes(c.share) {
			s.Modes = append(s.Modes, &modeRow{Kind: f.Name, Share: c.share, N: c.n, Target: 1e-6, family: f, wanted: wanted})
		}
	}
	return s
}

// basesWanted is how many samples of n values are drawn of each kind of one population.
func basesWanted(n int) int {
	if n > 20_000 {
		return 100
	}
	return 400
}

const (
	// leastGiven are the bounds that say something of their coverage. Where more are
	// refused, more samples are drawn, at most mostTimes as many; none where no bound
	// was given at all.
	leastGiven = 60
	mostTimes  = 20
)

// missing is how many repetitions to draw next; 0 at the end.
func (r *modeRow) missing() int {
	step := max(2, r.wanted/50)
	if left := r.wanted - r.Reps; left > 0 {
		return min(left, step)
	}
	if r.Share > 0 && r.Given > 0 && r.Given < leastGiven && r.Reps < mostTimes*r.wanted {
		return step
	}
	return 0
}

// stream is a random stream of its own for each row and repetition.
func stream(row string, rep int) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(row))
	return rand.New(rand.NewPCG(studySeed^h.Sum64(), uint64(rep)))
}

// more draws some more repetitions.
func (r *modeRow) more(ctx context.Context, reps int) {
	name := fmt.Sprintf("%s/%g/%d", r.Kind, r.Share, r.N)
	bounds := make([]evt.Bound, reps)
	parallel.For(ctx, reps, func(i int) {
		x := make([]float64, r.N)
		r.family.Draw(stream(name, r.Reps+i), x)
		// The bound of evt.Fit, without what a reader wants to know of the fit besides.
		if e, err := evt.NewSample([][]float64{x}).Estimate(evt.Options{}); err == nil {
			bounds[i] = e.Bound(r.Target, evt.DefaultConfidence, evt.MaxExtrapolation)
		}
	})
	if ctx.Err() != nil {
		return
	}
	truth := r.family.Truth(r.Target)
	for _, b := range bounds {
		r.Reps++
		if len(b.Reasons) == 1 && strings.Contains(b.Reasons[0], "a scale of their own") {
			r.ByMode++
		}
		if b.Supported {
			r.Given++
			r.Widths = append(r.Widths, float32(math.Round(1000*b.Upper/truth)/1000))
			if b.Upper >= truth {
				r.Covered++
			}
		}
	}
}

// resume takes over what an earlier part of the study counted.
func (s *study) resume(text []byte) error {
	var old study
	if err := json.Unmarshal(text, &old); err != nil {
		return err
	}
	for _, o := range old.Modes {
		for _, r := range s.Modes {
			if r.Kind == o.Kind && r.Share == o.Share && r.N == o.N && r.Target == o.Target {
				r.Reps, r.Given, r.Covered, r.ByMode, r.Widths = o.Reps, o.Given, o.Covered, o.ByMode, o.Widths
			}
		}
	}
	return nil
}

// tables are those of docs/evidence/modes.md.
func (s *study) tables() string {
	var b strings.Builder
	interval := func(m, n int) string {
		return fmt.Sprintf("%.3f (%.3f–%.3f)", float64(m)/float64(max(1, n)), stat.RateLower(float64(m), float64(n), 0.975), stat.RateUpper(float64(m), float64(n), 0.975))
	}
	fmt.Fprintf(&b, "| kind | share of the mode | n | repetitions | refused | by the mode alone | of all, wrong | coverage of the given | width |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range s.Modes {
		if r.Reps == 0 {
			continue
		}
		share := ""
		if r.Share > 0 {
			share = fmt.Sprintf("%g", r.Share)
		}
		coverage, width := "none given", ""
		if r.Given > 0 {
			slices.Sort(r.Widths)
			coverage, width = interval(r.Covered, r.Given), fmt.Sprintf("%.2f", r.Widths[len(r.Widths)/2])
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %.1f%% | %.1f%% | %.1f%% | %s | %s |\n", r.Kind, share, r.N, r.Reps,
			100*(1-float64(r.Given)/float64(r.Reps)), 100*float64(r.ByMode)/float64(r.Reps), 100*float64(r.Given-r.Covered)/float64(r.Reps), coverage, width)
	}
	return b.String()
}

// TestSoakStudy measures coverage, refusals and width of bounds over kinds and
// mixtures. It keeps its counts in study.json and its tables in study.md, in the
// directory that MEMKIT_EVIDENCE names, and goes on from there. MEMKIT_MINUTES bounds
// how long it takes, MEMKIT_LARGEST the size of the samples.
func TestSoakStudy(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("set MEMKIT_SOAK=1: a hundred thousand complete estimates")
	}
	dir, minutes := os.Getenv("MEMKIT_EVIDENCE"), 60.0
	if dir == "" {
		dir = t.TempDir()
	}
	_, _ = fmt.Sscan(os.Getenv("MEMKIT_MINUTES"), &minutes)
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(minutes*float64(time.Minute)))
	defer cancel()
	s, path := newStudy(), filepath.Join(dir, "study.json")
	largest := math.MaxInt
	_, _ = fmt.Sscan(os.Getenv("MEMKIT_LARGEST"), &largest)
	if text, err := os.ReadFile(path); err == nil {
		if err := s.resume(text); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	s.run(ctx, largest)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{path: text, filepath.Join(dir, "study.md"): []byte(s.tables())} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.judge(t)
}

// run repeats until all rows have the repetitions that are wanted, or ctx ends: in
// rounds, so that all rows grow alike. Samples of more than largest values are left out.
func (s *study) run(ctx context.Context, largest int) {
	for busy := true; busy && ctx.Err() == nil; {
		busy = false
		for _, r := range s.Modes {
			if reps := r.missing(); reps > 0 && r.N <= largest {
				r.more(ctx, reps)
				busy = true
			}
		}
	}
}

// judge fails where counts show that a promise is not kept: more than by chance of one
// in a thousand.
func (s *study) judge(t *testing.T) {
	for _, r := range s.Modes {
		if p := stat.BinomialAtMost(float64(r.Covered), float64(r.Given), 0.90); r.Given > 0 && p < 0.001 {
			t.Errorf("%s, share %g, n %d: %d of %d bounds cover", r.Kind, r.Share, r.N, r.Covered, r.Given)
		}
	}
}

// The study goes on where it was left, with the same draws as in one piece.
func TestStudyResumes(t *testing.T) {
	row := func() *study {
		s := newStudy()
		s.Modes = s.Modes[:1]
		s.Modes[0].wanted = 6
		return s
	}
	whole := row()
	whole.run(t.Context(), 20_000)
	part := row()
	part.Modes[0].wanted = 4
	part.run(t.Context(), 20_000)
	text, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	rest := row()
	if err := rest.resume(text); err != nil {
		t.Fatal(err)
	}
	rest.run(t.Context(), 20_000)
	if got, want := rest.tables(), whole.tables(); got != want {
		t.Errorf("in two parts:\n%s\nin one:\n%s", got, want)
	}
	if whole.Modes[0].Reps != 6 {
		t.Errorf("%+v", whole.Modes[0])
	}
	whole.judge(t)
}
