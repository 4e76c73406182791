package lint

import (
	"go/ast"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/contract"
)

func TestContracts(t *testing.T) {
	n := 0
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		for _, fn := range contract.Functions(s.fset, s.file) {
			n++
			if fn.Err != nil {
				t.Errorf("%s:%d: %s: %v", s.path, fn.Pos.Line, fn.Name, fn.Err)
			}
		}
	}
	if n == 0 {
		t.Error("no function carries a //rt: directive; the rule would pass for the wrong reason")
	}
}

// TestUnsafeIsNamed: code that can corrupt memory is found by its file name.
func TestUnsafeIsNamed(t *testing.T) {
	for _, s := range sources(t) {
		if slices.Contains(s.imports(), "unsafe") && !strings.Contains(s.base(), "_unsafe") && !importsC(s) {
			t.Errorf("%s imports unsafe; move that code to a *_unsafe.go file", s.path)
		}
	}
}

// TestCgoIsTagged: everything builds without a C compiler, so a file that needs
// one says so in its build constraint.
func TestCgoIsTagged(t *testing.T) {
	for _, s := range sources(t) {
		if importsC(s) && !strings.Contains(buildConstraint(s), "cgo") {
			t.Errorf("%s imports C without a //go:build constraint that names cgo", s.path)
		}
	}
}

func importsC(s source) bool { return slices.Contains(s.imports(), "C") }

func buildConstraint(s source) string {
	for _, group := range s.file.Comments {
		if group.Pos() > s.file.Package {
			break
		}
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:build ") {
				return c.Text
			}
		}
	}
	return ""
}

// TestLinknameLivesInOneFile: the runtime's private functions are reached from
// one file, guarded by the Go version it was checked against.
func TestLinknameLivesInOneFile(t *testing.T) {
	var homes []string
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			if slices.ContainsFunc(group.List, isLinkname) && !slices.Contains(homes, s.path) {
				homes = append(homes, s.path)
				if c := buildConstraint(s); !strings.Contains(c, "go1.26") || !strings.Contains(c, "!go1.27") {
					t.Errorf("%s uses go:linkname under %q; want a guard go1.26 && !go1.27", s.path, c)
				}
			}
		}
	}
	if len(homes) > 1 {
		t.Errorf("go:linkname in %d files, want one: %s", len(homes), strings.Join(homes, ", "))
	}
}

func isLinkname(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:linkname ") }

// TestNoSleepInTests: a test that sleeps is a timing assertion in disguise. Use
// a virtual clock or testing/synctest, inside whose bubbles time.Sleep is
// virtual and allowed.
func TestNoSleepInTests(t *testing.T) {
	for _, s := range sources(t) {
		if !s.isTest() || slices.Contains(s.imports(), "testing/synctest") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" {
				if id, ok := sel.X.(*ast.Ident); ok && id.Name == "time" {
					t.Errorf("%s: time.Sleep in a test", s.at(call))
				}
			}
			return true
		})
	}
}
