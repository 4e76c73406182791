package binary

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompilerCalls: a rule or a panic is known for every function that the compiler
// inserts calls of.
func TestCompilerCalls(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no go command:", err)
	}
	path := filepath.Join(strings.TrimSpace(string(root)), "src/cmd/compile/internal/typecheck/_builtin/runtime.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Skip("this Go comes without the source of its compiler:", err)
	}
	count := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		count++
		if _, ok := classify("runtime." + f.Name.Name); !ok && !panicking("runtime."+f.Name.Name) {
			t.Errorf("runtime.%s has no rule", f.Name.Name)
		}
	}
	if count < 100 {
		t.Errorf("only %d functions", count)
	}
}

func TestClassify(t *testing.T) {
	for name, want := range map[string]string{
		"runtime.newobject":              Allocation,
		"runtime.slicebytetostring":      Allocation,
		"runtime.slicebytetostringtmp":   "",
		"runtime.mallocgcSmallNoScanSC2": Allocation,
		"runtime.lock2":                  Lock,
		"runtime.lockOSThread":           "",
		"runtime.read":                   Blocking,
		"runtime.mapaccess1_fast64":      "",
		"runtime.mapassign_faststr":      Map,
		"example/c._Cfunc_free":          Cgo,
		"example/c._Cfunc_GoBytes":       Allocation,
		"reflect.(*rtype).Name":          Reflection,
		"type:.eq.main.T":                "",
	} {
		if got, ok := classify(name); !ok || got.code != want {
			t.Errorf("%s: %+v %v, want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"runtime.readUnaligned32", "runtime.callersX", "main.runtime", "sync.(*Pool).Get", ""} {
		if c, ok := classify(name); ok {
			t.Errorf("%s: %+v, want no rule", name, c)
		}
	}
}

func TestPackageOf(t *testing.T) {
	for name, want := range map[string]string{
		"main.main":                    "main",
		"example.com/a/b.(*T).M":       "example.com/a/b",
		"example.com/a/b%2ev2.F.func1": "example.com/a/b.v2",
		"gopkg.in/yaml%2ev3.(*T[go.shape.struct { x/y.A int }]).M": "gopkg.in/yaml.v3",
		"slices.SortFunc[go.shape.[]x/y.T]":                        "slices",
		"type:.eq.x/y.T":                                           "",
		"gcWriteBarrier":                                           "",
		"":                                                         "",
	} {
		if got := PackageOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestWithoutTypeArguments(t *testing.T) {
	for name, want := range map[string]string{
		"a.F":                               "a.F",
		"a.F[go.shape.[]int]":               "a.F",
		"a.(*T[go.shape.map[int]b.X]).M":    "a.(*T).M",
		"a.F[...].func1":                    "a.F.func1",
		"a.F[go.shape.struct { x [2]int }]": "a.F",
	} {
		if got := WithoutTypeArguments(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
