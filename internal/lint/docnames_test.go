package lint

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestDocCommentsNameWhatTheyDocument: a doc comment that begins with an identifier
// begins with that of its declaration, which a change of the name forgets.
func TestDocCommentsNameWhatTheyDocument(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		for _, d := range documented(s.file) {
			if word := misnamed(d.doc.Text(), d.names); word != "" {
				t.Errorf("%s: the comment of %s begins with %s", s.at(d.doc), d.names[0], word)
			}
		}
	}
}

type documentedDecl struct {
	names []string
	doc   *ast.CommentGroup
}

// documented lists the declarations of a file with a comment of their own. A comment
// on a group of several names may begin with any of them.
func documented(f *ast.File) (all []documentedDecl) {
	add := func(doc *ast.CommentGroup, names ...string) {
		if doc != nil && len(names) > 0 {
			all = append(all, documentedDecl{names, doc})
		}
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			add(d.Doc, d.Name.Name)
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			var group []string
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					group = append(group, spec.Name.Name)
					add(spec.Doc, spec.Name.Name)
				case *ast.ValueSpec:
					var names []string
					for _, n := range spec.Names {
						names = append(names, n.Name)
					}
					group = append(group, names...)
					add(spec.Doc, names...)
				}
			}
			add(d.Doc, group...)
		}
	}
	return all
}

// misnamed is the first word of a comment if it is an identifier, by its letters, and
// none of names.
func misnamed(text string, names []string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	word, _, _ = strings.Cut(word, "\n")
	identifier := strings.TrimRight(word, ",.:;")
	identifier, _, _ = strings.Cut(identifier, ".") // a field of the name
	identifier = strings.TrimSuffix(identifier, "'s")
	if identifier == "" || slices.Contains(names, identifier) {
		return ""
	}
	letters := []rune(identifier)
	if unicode.IsLower(letters[0]) || unicode.IsUpper(letters[0]) && isCamelCase(letters[1:]) {
		return word
	}
	return ""
}

// isCamelCase: a lower-case letter, then an upper-case one.
func isCamelCase(letters []rune) bool {
	lower := slices.IndexFunc(letters, unicode.IsLower)
	return lower >= 0 && slices.ContainsFunc(letters[lower:], unicode.IsUpper) && !slices.ContainsFunc(letters, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func TestMisnamed(t *testing.T) {
	for _, tt := range []struct {
		text, want string
		names      []string
	}{
		{"stop ends the loop.", "", []string{"stop"}},
		{"settle ends the loop.", "settle", []string{"stop"}},
		{"LogStats counts.", "LogStats", []string{"Stats"}},
		{"The loop ends.", "", []string{"stop"}},
		{"Frames end.", "", []string{"stop"}},
		{"SCHED_FIFO is a policy.", "", []string{"fifo"}},
		{"kilobyte and page are sizes.", "", []string{"kilobyte", "page"}},
		{"writeBarrier.enabled is set.", "", []string{"writeBarrier"}},
		{"stop's limit.", "", []string{"stop"}},
	} {
		if got := misnamed(tt.text, tt.names); got != tt.want {
			t.Errorf("%q of %v: %q, want %q", tt.text, tt.names, got, tt.want)
		}
	}
}
