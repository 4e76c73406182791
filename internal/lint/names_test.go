package lint

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// oldName is one line of testdata/names.txt.
type oldName struct {
	kind, pkg, old, new string
	pending             bool
}

func (o oldName) String() string {
	where := ""
	if o.pkg != "" && o.pkg != "..." {
		where = " of " + o.pkg
	}
	instead := "name what it does"
	if o.new != "-" {
		instead = "now " + o.new
	}
	return fmt.Sprintf("%s %q%s: %s", o.kind, o.old, where, instead)
}

func readOldNames(t *testing.T) []oldName {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "names.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []oldName
	pending := false
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
		case len(f) == 1 && f[0] == "pending:":
			pending = true
		case len(f) == 4 && (f[0] == "word" || f[0] == "name" || f[0] == "member"):
			all = append(all, oldName{kind: f[0], pkg: f[1], old: f[2], new: f[3], pending: pending})
		case len(f) == 3 && f[0] == "path":
			all = append(all, oldName{kind: f[0], old: f[1], new: f[2], pending: pending})
		default:
			t.Fatalf("names.txt:%d: %q: want word, name or member PACKAGE OLD NEW, path OLD NEW, or pending:", n, strings.TrimSpace(line))
		}
	}
	return all
}

func (o oldName) covers(pkg string) bool { return o.pkg == "..." || matches(o.pkg, pkg) }

// in lists where a source file bears the old name.
func (o oldName) in(s source) []string {
	switch o.kind {
	case "path":
		if s.path == o.old || s.pkg() == o.old {
			return []string{s.path}
		}
	case "name", "member":
		if o.covers(s.pkg()) {
			names, members := declaredNames(s.file)
			if o.kind == "member" {
				names = members
			}
			return places(s, names, func(name string) bool { return name == o.old })
		}
	case "word":
		if o.covers(s.pkg()) {
			contains := func(name string) bool { return hasWord(name, o.old) }
			found := places(s, declaredIdentifiers(s.file), contains)
			if contains(strings.TrimSuffix(s.base(), ".go")) || contains(path.Base(s.pkg())) {
				found = append(found, s.path)
			}
			return found
		}
	}
	return nil
}

func places(s source, names []*ast.Ident, match func(string) bool) []string {
	var found []string
	for _, id := range names {
		if match(id.Name) {
			found = append(found, s.at(id)+" "+id.Name)
		}
	}
	return found
}

// declaredNames are the file's package-level declarations, and the methods and
// fields of its types.
func declaredNames(f *ast.File) (names, members []*ast.Ident) {
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil {
				members = append(members, d.Name)
			} else {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name)
					members = append(members, fieldNames(s.Type)...)
				case *ast.ValueSpec:
					names = append(names, s.Names...)
				}
			}
		}
	}
	return names, members
}

// fieldNames are the fields and methods that a type declares.
func fieldNames(typ ast.Expr) []*ast.Ident {
	var names []*ast.Ident
	var list *ast.FieldList
	switch t := typ.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	}
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		names = append(names, f.Names...)
		names = append(names, fieldNames(f.Type)...)
	}
	return names
}

// declaredIdentifiers are all identifiers that the file declares, those of
// parameters and variables in functions included.
func declaredIdentifiers(f *ast.File) []*ast.Ident {
	var names []*ast.Ident
	add := func(list ...ast.Expr) {
		for _, e := range list {
			if id, ok := e.(*ast.Ident); ok {
				names = append(names, id)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch d := n.(type) {
		case *ast.FuncDecl:
			add(d.Name)
		case *ast.TypeSpec:
			add(d.Name)
		case *ast.ValueSpec:
			names = append(names, d.Names...)
		case *ast.Field:
			names = append(names, d.Names...)
		case *ast.AssignStmt:
			if d.Tok.String() == ":=" {
				add(d.Lhs...)
			}
		case *ast.RangeStmt:
			if d.Tok.String() == ":=" {
				add(d.Key, d.Value)
			}
		}
		return true
	})
	return names
}

// hasWord reports whether an identifier or file name has word, in lower case, as
// one of its words.
func hasWord(name, word string) bool {
	start := 0
	runes := []rune(name)
	for i := 1; i <= len(runes); i++ {
		if i < len(runes) && !startsWord(runes, i) {
			continue
		}
		w := strings.ToLower(strings.Trim(string(runes[start:i]), "_-."))
		if w == word || w == word+"s" {
			return true
		}
		start = i
	}
	return false
}

// startsWord reports whether a word starts at runes[i]: after a separator, at a
// capital after a small letter, and at the last capital of several before a small
// letter, as in "HTTPServer".
func startsWord(runes []rune, i int) bool {
	prev, r := runes[i-1], runes[i]
	switch {
	case !unicode.IsLetter(prev):
		return true
	case unicode.IsUpper(r) && !unicode.IsUpper(prev):
		return true
	default:
		return unicode.IsUpper(r) && unicode.IsUpper(prev) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
	}
}

// TestNames refuses names that were replaced.
func TestNames(t *testing.T) {
	old := readOldNames(t)
	for _, o := range old {
		var found []string
		for _, s := range sources(t) {
			found = append(found, o.in(s)...)
		}
		switch {
		case o.pending && len(found) == 0:
			t.Logf("%v: no longer used; move its line in names.txt above pending:", o)
		case o.pending:
			t.Logf("%v: %d uses, e.g. %s", o, len(found), found[0])
		default:
			for _, f := range found {
				t.Errorf("%s: old name: %v", f, o)
			}
		}
	}
}

func TestHasWord(t *testing.T) {
	for _, tt := range []struct {
		name, word string
		want       bool
	}{
		{"lookout", "lookout", true},
		{"Lookout", "lookout", true},
		{"lastSighting", "sighting", true},
		{"sightings", "sighting", true},
		{"JACKWitness", "witness", true},
		{"heir_test", "heir", true},
		{"inkWell2", "ink", true},
		{"their", "heir", false},
		{"link", "ink", false},
		{"Onboard", "board", false},
		{"twinkle", "twin", false},
	} {
		if got := hasWord(tt.name, tt.word); got != tt.want {
			t.Errorf("hasWord(%q, %q) = %v", tt.name, tt.word, got)
		}
	}
}
