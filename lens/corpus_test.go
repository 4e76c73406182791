package lens_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/lens"
	"github.com/memkit-go/memkit/lens/internal/corpus"
	"github.com/memkit-go/memkit/lens/report"
)

// score counts the cases of one label, and those with its finding.
type score struct{ cases, found int }

func (s score) String() string {
	return fmt.Sprintf("%d of %d, %.1f%%", s.found, s.cases, 100*float64(s.found)/float64(s.cases))
}

// TestCorpus holds the analysis to its recall and to its rate of false positives: at
// least 99% of the faults of each code, and at most 2% of the clean functions. The
// short form takes every third form, in one host; the soak all of them in all hosts.
func TestCorpus(t *testing.T) {
	testenv.SkipInRaceRun(t)
	i := 0
	testCorpus(t, slices.DeleteFunc(casesOf(t, 1), func(corpus.Case) bool { i++; return i%3 != 0 }))
}

func TestCorpusSoak(t *testing.T) {
	if !soak {
		t.Skip("the whole corpus takes a minute; MEMKIT_SOAK=1 (make soak) runs it, TestCorpus a part")
	}
	testCorpus(t, casesOf(t, len(corpus.Hosts())))
}

func testCorpus(t *testing.T, cases []corpus.Case) {
	t.Helper()
	dir := t.TempDir()
	if err := corpus.Write(dir, cases); err != nil {
		t.Fatal(err)
	}
	r, err := lens.Check(context.Background(), lens.Config{Dir: dir, Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Errors {
		t.Errorf("not analysed: %s", e)
	}
	found := byFile(r)
	scores := map[string]score{}
	for _, c := range cases {
		s := scores[c.Code]
		s.cases++
		list := found[c.File]
		switch {
		case c.Code != "" && slices.ContainsFunc(list, func(f report.Finding) bool { return f.Code == c.Code }):
			s.found++
		case c.Code != "":
			t.Logf("missed %s: %s; found %v", c.Code, c, list)
		default:
			if list = slices.DeleteFunc(list, isHint); len(list) > 0 {
				s.found++
				t.Logf("false: %s: %v", c, list)
			}
		}
		scores[c.Code] = s
	}
	for _, code := range slices.Sorted(maps.Keys(scores)) {
		s := scores[code]
		t.Logf("%s: %s", cmp.Or(code, "clean"), s)
		switch {
		case code == "" && 50*s.found > s.cases:
			t.Errorf("findings in %s of the clean functions, want at most 2%%", s)
		case code != "" && 100*s.found < 99*s.cases:
			t.Errorf("%s: recall %s, want at least 99%%", code, s)
		}
	}
}

// byFile sorts findings and hints by the file, below the module, that they are in.
func byFile(r *report.Report) map[string][]report.Finding {
	m := map[string][]report.Finding{}
	for _, f := range slices.Concat(r.Findings, r.Hints) {
		file := filepath.ToSlash(report.ParsePos(f.Pos).File)
		parts := strings.Split(file, "/")
		file = strings.Join(parts[max(0, len(parts)-2):], "/")
		m[file] = append(m[file], f)
	}
	return m
}

func isHint(f report.Finding) bool { return f.Severity == report.SeverityHint }
