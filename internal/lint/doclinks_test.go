package lint

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// docLink matches a link of a doc comment, [Name], [Type.Method], [pkg.Name] or
// [*Name].
var docLink = regexp.MustCompile(`\[\*?(?:([a-z]\w*)\.)?([A-Z]\w+)(?:\.([A-Z]\w*))?\]`)

// TestDocLinks follows every link of a comment to a declaration of this module, so
// that a name that moves takes its links along.
func TestDocLinks(t *testing.T) {
	declared := map[string]map[string]bool{} // by package path
	paths := map[string][]string{}           // by package name
	for _, s := range sources(t) {
		pkg := s.pkg()
		if declared[pkg] == nil {
			declared[pkg] = map[string]bool{}
			paths[s.file.Name.Name] = append(paths[s.file.Name.Name], pkg)
		}
		names, members := declaredNames(s.file)
		for _, id := range append(names, members...) {
			declared[pkg][id.Name] = true
		}
	}
	n := 0
	for _, s := range sources(t) {
		if s.pkg() == "internal/lint" {
			continue // its comments show what a link looks like
		}
		for _, group := range s.file.Comments {
			for _, m := range docLink.FindAllStringSubmatch(linkable(group), -1) {
				where := []string{s.pkg()}
				if m[1] != "" {
					where = paths[m[1]]
				}
				if len(where) == 0 {
					continue // a package of others
				}
				n++
				ok := false
				for _, pkg := range where {
					ok = ok || declared[pkg][m[2]] && (m[3] == "" || declared[pkg][m[3]])
				}
				if !ok {
					t.Errorf("%s: the link %s leads nowhere", s.at(group), m[0])
				}
			}
		}
	}
	if n == 0 {
		t.Error("no links found; the rule would pass for the wrong reason")
	}
}

// linkable is the text of a comment without its indented lines, which are code.
func linkable(group *ast.CommentGroup) string {
	var b strings.Builder
	for line := range strings.Lines(group.Text()) {
		if !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "    ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
