package budget

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/memkit-go/memkit/wcet"
)

// Profile writes absolute limits as the text of a profile for machines with these
// properties.
func Profile(name string, match map[string]string, budgets []wcet.Budget) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n", spell([]string{"profile", name, "match"}))
	for _, key := range slices.Sorted(maps.Keys(match)) {
		fmt.Fprintf(&b, "%s = %s\n", spell([]string{key}), strconv.Quote(match[key]))
	}
	for _, one := range budgets {
		fmt.Fprintf(&b, "\n[%s]\n", spell([]string{"profile", name, "budget", one.Benchmark}))
		for _, q := range one.Quantiles {
			fmt.Fprintf(&b, "%s = %q\n", quantileKey(q.P), limitText(q.Limit))
		}
		if e := one.Exceedance; e != nil {
			fmt.Fprintf(&b, "pwcet = { p = %g, limit = %q }\n", e.P, limitText(e.Limit))
		}
	}
	return b.String()
}

func quantileKey(p float64) string {
	for _, q := range quantiles {
		if q.p == p {
			return q.key
		}
	}
	panic(fmt.Sprintf("no key limits the %v-quantile", p))
}

// limitText writes nanoseconds as a duration, rounded up to three digits.
func limitText(ns float64) string {
	unit := math.Pow10(max(0, int(math.Floor(math.Log10(ns)))-2))
	return strings.ReplaceAll(time.Duration(math.Ceil(ns/unit-1e-9)*unit).String(), "µs", "us")
}

// Change is a limit that was lowered.
type Change struct {
	Benchmark, Key string
	From, To       string
}

// Tighten lowers the limits of the profile that matches env to those of wanted,
// where these are lower, and returns the new text; it raises none and adds none.
// The rest of the text, comments included, stays. path is for messages.
func Tighten(path string, text []byte, known Known, env map[string]string, wanted []wcet.Budget) ([]byte, []Change, error) {
	f, err := Parse(path, text, known)
	if err != nil {
		return nil, nil, err
	}
	r, err := f.For(env)
	if err != nil {
		return nil, nil, err
	}
	if r.Profile == "" {
		return nil, nil, &Error{File: path, What: "no profile matches the certificates' machine: there is no limit to tighten"}
	}
	t := tightening{file: f, lines: strings.SplitAfter(string(text), "\n")}
	for _, have := range r.Budgets {
		i := slices.IndexFunc(wanted, func(b wcet.Budget) bool { return b.Benchmark == have.Benchmark })
		if i < 0 {
			continue
		}
		if err := t.budget(r.path(have.Benchmark), have, wanted[i]); err != nil {
			return nil, nil, err
		}
	}
	return []byte(strings.Join(t.lines, "")), t.changes, nil
}

type tightening struct {
	file    *File
	lines   []string
	changes []Change
}

func (t *tightening) budget(path []string, have, want wcet.Budget) error {
	for _, q := range have.Quantiles {
		for _, w := range want.Quantiles {
			if w.P != q.P {
				continue
			}
			if err := t.limit(append(path[:len(path):len(path)], quantileKey(q.P)), have.Benchmark, q.Limit, w.Limit); err != nil {
				return err
			}
		}
	}
	// Limits at other probabilities do not compare.
	if h, w := have.Exceedance, want.Exceedance; h != nil && w != nil && h.P == w.P {
		return t.limit(append(path[:len(path):len(path)], "pwcet", "limit"), have.Benchmark, h.Limit, w.Limit)
	}
	return nil
}

// limit replaces the value of the last key of path if to is lower.
func (t *tightening) limit(path []string, benchmark string, from, to float64) error {
	text := limitText(to)
	if rounded, err := time.ParseDuration(text); err != nil || float64(rounded) >= from {
		return nil
	}
	n := t.file.at.of(path) - 1
	key := path[len(path)-1]
	assignment := regexp.MustCompile(`((?:^|[\s{,."'])` + regexp.QuoteMeta(key) + `["']?\s*=\s*)("[^"]*"|'[^']*')`)
	found := assignment.FindAllStringSubmatchIndex(t.lines[n], -1)
	elsewhere := t.file.fault(path, "cannot be changed where it stands; give it a line of its own")
	if len(found) != 1 {
		return elsewhere
	}
	start, end := found[0][4], found[0][5]
	old := t.lines[n][start+1 : end-1]
	if d, err := time.ParseDuration(old); err != nil || float64(d) != from {
		return elsewhere
	}
	t.lines[n] = t.lines[n][:start] + strconv.Quote(text) + t.lines[n][end:]
	t.changes = append(t.changes, Change{benchmark, key, old, text})
	return nil
}
