package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// patterns are packages: "rt/ring", or "rt/audio/..." for all below it as well.
type patterns []string

func (list patterns) match(pkg string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return matches(p, pkg) })
}

// proseRule is one line of testdata/prose.txt.
type proseRule struct {
	match  *regexp.Regexp
	advice string
}

// readProseRules returns the rules, and the packages whose hits are not refused
// yet.
func readProseRules(t *testing.T) (rules []proseRule, pending patterns) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "prose.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if list, ok := strings.CutPrefix(line, "pending:"); ok {
			pending = append(pending, strings.Fields(list)...)
			continue
		}
		expr, advice, ok := strings.Cut(line, "=>")
		if !ok {
			t.Fatalf("prose.txt: %q: want EXPRESSION => ADVICE or pending: PACKAGE...", line)
		}
		match, err := regexp.Compile("(?i)" + strings.TrimSpace(expr))
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, proseRule{match: match, advice: strings.TrimSpace(advice)})
	}
	return rules, pending
}

// passage is text that readers see.
type passage struct{ at, pkg, text string }

// passages are the comments and strings of a Go file. Comments are unwrapped, so
// that a phrase may be broken over lines.
func (s source) passages() []passage {
	var all []passage
	for _, group := range s.file.Comments {
		all = append(all, passage{s.at(group), s.pkg(), strings.Join(strings.Fields(group.Text()), " ")})
	}
	if s.isTest() {
		return all
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				if text, err := strconv.Unquote(n.Value); err == nil {
					all = append(all, passage{s.at(n), s.pkg(), strings.Join(strings.Fields(text), " ")})
				}
			}
		}
		return true
	})
	return all
}

var (
	codeBlock = regexp.MustCompile("(?s)\n```.*?\n```\n")
	codeSpan  = regexp.MustCompile("`[^`\n]+`")
)

// passages are the paragraphs, list items and table rows of a document, without
// code.
func (d document) passages() []passage {
	blank := func(code string) string { return strings.Repeat("\n", strings.Count(code, "\n")) }
	text := codeSpan.ReplaceAllString(codeBlock.ReplaceAllStringFunc(d.text, blank), "``")
	var all []passage
	n := 0
	for line := range strings.Lines(text) {
		n++
		all = append(all, passage{fmt.Sprintf("%s:%d", d.path, n), path.Dir(d.path), line})
	}
	return all
}

// TestProse refuses words that have a plainer equivalent.
func TestProse(t *testing.T) {
	rules, pending := readProseRules(t)
	var all []passage
	for _, s := range sources(t) {
		if s.pkg() == "internal/lint" {
			continue // names the words
		}
		all = append(all, s.passages()...)
	}
	for _, d := range documents(t) {
		all = append(all, d.passages()...)
	}
	for _, p := range all {
		isPending := pending.match(p.pkg)
		for _, hit := range p.hits(rules) {
			if isPending {
				t.Log(hit)
			} else {
				t.Error(hit)
			}
		}
	}
}

// hits are the places in a passage that a rule refuses.
func (p passage) hits(rules []proseRule) []string {
	var hits []string
	for _, r := range rules {
		for _, at := range r.match.FindAllStringIndex(p.text, -1) {
			hits = append(hits, fmt.Sprintf("%s: …%s…: write %s", p.at, around(p.text, at), r.advice))
		}
	}
	return hits
}

// around is the matched text with some of its context.
func around(text string, at []int) string {
	const context = 24
	from, to := max(0, at[0]-context), min(len(text), at[1]+context)
	return strings.ToValidUTF8(text[from:to], "")
}

func TestPassages(t *testing.T) {
	d := document{path: "docs/x.md", text: "one `what is` here\n\n```\nwhat is\n```\n\ntwo\n"}
	var got []string
	for _, p := range d.passages() {
		if strings.TrimSpace(p.text) != "" {
			got = append(got, p.at+" "+strings.TrimSpace(p.text))
		}
	}
	want := []string{"docs/x.md:1 one `` here", "docs/x.md:7 two"}
	if !slices.Equal(got, want) {
		t.Errorf("passages %q, want %q", got, want)
	}
}

func TestProseRules(t *testing.T) {
	rules, _ := readProseRules(t)
	for _, tt := range []struct {
		text string
		hits int
	}{
		{"Nobody waits for ever.", 2},
		{"It returns what was measured.", 1},
		{"It runs beside a load, besides others, alongside a third.", 1},
		{"The twin's ledger.", 2},
		{"Theirs is whatever it is.", 0},
	} {
		if got := (passage{at: "x.go:1", text: tt.text}).hits(rules); len(got) != tt.hits {
			t.Errorf("%q: %d hits, want %d: %q", tt.text, len(got), tt.hits, got)
		}
	}
}
