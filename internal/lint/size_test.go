package lint

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"testing"
)

// A package that outgrows a screen of go doc is two packages.
const (
	mostFiles = 45 // that are not tests
	mostNames = 60 // lines of `go doc`: functions, types, groups of constants and variables
)

// larger are packages with a limit of their own, and why.
var larger = map[string]struct {
	files, names int
	why          string
}{
	"cmd/rtbench": {50, mostNames, "one file a subcommand, and there are more than twenty"},
	"core":        {58, 75, "frames, boxes, groups and transfers share a lane's accounts; splitting them makes cycles"},
}

// size is the number of non-test files and of lines in the package's go doc.
type size struct{ files, names int }

func sizes(t *testing.T) map[string]size {
	t.Helper()
	all := map[string]size{}
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		n := all[s.pkg()]
		n.files++
		for _, decl := range s.file.Decls {
			for _, name := range documentedNames(decl) {
				// A function per platform is one name.
				if key := s.pkg() + "." + name; !seen[key] {
					seen[key] = true
					n.names++
				}
			}
		}
		all[s.pkg()] = n
	}
	return all
}

// documentedNames are the exported names of a declaration that have a line of
// their own in go doc: each type, each function that is not a method, and the
// first name of a group of constants or variables.
func documentedNames(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.IsExported() {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		return documentedSpecs(d)
	}
	return nil
}

func documentedSpecs(d *ast.GenDecl) []string {
	var names []string
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() {
				names = append(names, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() {
					names = append(names, n.Name)
				}
			}
		}
	}
	if d.Tok == token.CONST || d.Tok == token.VAR {
		names = names[:min(len(names), 1)]
	}
	return names
}

func TestPackageSize(t *testing.T) {
	all := sizes(t)
	for _, pkg := range slices.Sorted(maps.Keys(all)) {
		files, names := mostFiles, mostNames
		if l, ok := larger[pkg]; ok {
			files, names = l.files, l.names
		}
		if n := all[pkg].files; n > files {
			t.Errorf("package %s has %d files that are not tests, at most %d: split it", pkg, n, files)
		}
		if n := all[pkg].names; n > names && isPublic(pkg) {
			t.Errorf("package %s has %d lines of go doc, at most %d: split it", pkg, n, names)
		}
	}
	for pkg, l := range larger {
		if n, ok := all[pkg]; !ok || n.files <= mostFiles && n.names <= mostNames {
			t.Errorf("package %s no longer needs its limit (%s); remove it", pkg, l.why)
		}
	}
}
