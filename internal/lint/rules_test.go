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

// TestUnsafeIsNamed: the name of a file shows that its code can corrupt memory.
func TestUnsafeIsNamed(t *testing.T) {
	for _, s := range sources(t) {
		if slices.Contains(s.imports(), "unsafe") && !strings.Contains(s.base(), "_unsafe") && !importsC(s) {
			t.Errorf("%s imports unsafe; move that code to a *_unsafe.go file", s.path)
		}
	}
}

// TestCgoIsTagged: everything builds without a C compiler, so the build constraint
// of a file that needs one names cgo.
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

// TestLinknameIsInOneFile: one file reaches the runtime's private functions, and
// its build constraint names the Go version that it was checked against.
func TestLinknameIsInOneFile(t *testing.T) {
	var files []string
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			if slices.ContainsFunc(group.List, isLinkname) && !slices.Contains(files, s.path) {
				files = append(files, s.path)
				if c := buildConstraint(s); !strings.Contains(c, "go1.26") || !strings.Contains(c, "!go1.27") {
					t.Errorf("%s uses go:linkname under %q; want a guard go1.26 && !go1.27", s.path, c)
				}
			}
		}
	}
	if len(files) > 1 {
		t.Errorf("go:linkname in %d files, want one: %s", len(files), strings.Join(files, ", "))
	}
}

func isLinkname(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:linkname ") }

// TestNoSleepInTests: a test that sleeps depends on timing. Use a virtual clock, or
// testing/synctest, in whose bubbles time.Sleep is virtual and allowed.
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
