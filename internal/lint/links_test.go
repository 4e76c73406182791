package lint

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// anchors are the fragments of a document's headings, as GitHub makes them.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, "\n"), -1) {
		all = append(all, anchor(m[1]))
	}
	return all
}

func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, title)
}

// TestLinks follows every link of a document to a file or a heading.
func TestLinks(t *testing.T) {
	texts := map[string]string{}
	for _, d := range documents(t) {
		texts[d.path] = d.text
	}
	n := 0
	for _, d := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(codeBlock.ReplaceAllString(d.text, "\n"), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			n++
			file, fragment, _ := strings.Cut(m[1], "#")
			target := d.path
			if file != "" {
				target = path.Join(path.Dir(d.path), file)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: link to %s: %v", d.path, m[1], err)
			} else if fragment != "" && !slices.Contains(anchors(texts[target]), fragment) {
				t.Errorf("%s: link to %s: no such heading", d.path, m[1])
			}
		}
	}
	if n == 0 {
		t.Error("no links found; the rule would pass for the wrong reason")
	}
}

func TestAnchor(t *testing.T) {
	for title, want := range map[string]string{
		"Why does memkit use `go:linkname` to reach procPin?": "why-does-memkit-use-golinkname-to-reach-procpin",
		"Intent-driven memory (core)":                         "intent-driven-memory-core",
		"Statistics: the gate":                                "statistics-the-gate",
	} {
		if got := anchor(title); got != want {
			t.Errorf("anchor(%q) = %q, want %q", title, got, want)
		}
	}
}
