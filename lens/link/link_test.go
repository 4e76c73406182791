package link_test

import (
	"context"
	"errors"
	"go/ast"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"

	"github.com/memkit-go/memkit/lens/binary"
	"github.com/memkit-go/memkit/lens/link"
)

// tree unpacks the tree of testdata.
func tree(t *testing.T) string { return unpack(t, "tree") }

func unpack(t *testing.T, name string) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skipf("executables of %s/%s are not judged", runtime.GOOS, runtime.GOARCH)
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := txtar.FS(archive)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

func environment() []string { return append(os.Environ(), "GOWORK=off") }

// config loads packages and keeps the functions that the comment says.
func config(t *testing.T, dir string, patterns ...string) link.Config {
	t.Helper()
	c := link.Config{Dir: dir, Patterns: patterns, Env: environment()}
	loaded, err := packages.Load(&packages.Config{Dir: dir, Env: c.Env, Mode: packages.LoadSyntax}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range loaded {
		for _, e := range p.Errors {
			t.Error(e)
		}
		c.Packages = append(c.Packages, link.Package{Types: p.Types, Info: p.TypesInfo, Files: p.Syntax, Dir: p.Dir})
		for _, f := range p.Syntax {
			for _, d := range f.Decls {
				if decl, ok := d.(*ast.FuncDecl); ok && decl.Doc != nil && decl.Doc.List[0].Text == "//keep" {
					c.Keep = append(c.Keep, p.TypesInfo.Defs[decl.Name].(*types.Func))
				}
			}
		}
	}
	return c
}

func build(t *testing.T, c link.Config) *link.Built {
	t.Helper()
	b, err := link.Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// instances lists those of the functions to keep that executables have.
func instances(t *testing.T, c link.Config, b *link.Built) []string {
	t.Helper()
	for _, f := range b.Faults {
		t.Errorf("%+v", f)
	}
	var names []string
	for _, e := range b.Executables {
		p, err := binary.Load(e.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, fn := range c.Keep {
			for _, name := range p.Instances(link.Symbol(fn)) {
				names = append(names, strings.ReplaceAll(name, "go.shape.", ""))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestLibraries(t *testing.T) {
	c := config(t, tree(t), "./lib", "./internal/...")
	same(t, instances(t, c, build(t, c)),
		"example.com/tree/internal/q%2ev2.Add",
		"example.com/tree/lib.(*state).step",
		"example.com/tree/lib.Public",
		"example.com/tree/lib.hidden",
		"example.com/tree/lib.state.value",
	)
}

// TestGenerics: a generic function is there for the types it is used with, and for
// basic types, and whether its name is exported or not.
func TestGenerics(t *testing.T) {
	c := config(t, tree(t), "./gen", "./use")
	b := build(t, c)
	same(t, instances(t, c, b),
		"example.com/tree/gen.(*Matrix[example.com/tree/gen.Two]).Row",
		"example.com/tree/gen.(*Ring[int]).Get",
		"example.com/tree/gen.(*Ring[int]).reserve",
		"example.com/tree/gen.Ask[example.com/tree/gen.Stepper]",
		"example.com/tree/gen.Call[example.com/tree/gen.worker]",
		"example.com/tree/gen.Drive[example.com/tree/use.motor]",
		"example.com/tree/gen.Sum[[]float64,float64]",
		"example.com/tree/gen.Walk[int]",
		"example.com/tree/gen.Walk[struct { example.com/tree/use.at int64; example.com/tree/use.name string }]",
		"example.com/tree/gen.Wide[example.com/tree/gen.Exported]",
		"example.com/tree/gen.Wide[int]",
		"example.com/tree/gen.scale[float64]",
	)
}

func TestProgram(t *testing.T) {
	c := config(t, tree(t), "./cmd/app")
	b := build(t, c)
	same(t, instances(t, c, b), "main.(*voice).render", "main.dead", "main.inlined", "main.pick[int]")
	if len(b.Executables) != 1 || b.Executables[0].Package != "example.com/tree/cmd/app" {
		t.Errorf("%+v", b.Executables)
	}
}

// TestSameNames: go build would write programs of one name over each other.
func TestSameNames(t *testing.T) {
	c := config(t, unpack(t, "names"), "./...")
	var phases []string
	c.Phase = func(name string) { phases = append(phases, name) }
	b := build(t, c)
	same(t, instances(t, c, b), "main.first", "main.fourth", "main.second", "main.third")
	var programs []string
	for _, e := range b.Executables {
		programs = append(programs, e.Package)
	}
	slices.Sort(programs)
	same(t, programs, "example.com/names/a/app", "example.com/names/app/v2", "example.com/names/b/app", "example.com/names/other")
	same(t, phases, "compile", "link")
}

// TestVendored: a module with its dependencies in the tree, and a profile for the
// compiler.
func TestVendored(t *testing.T) {
	c := config(t, unpack(t, "vendored"), "./...")
	c.BuildFlags = []string{"-mod=vendor"}
	b := build(t, c)
	same(t, instances(t, c, b), "example.com/app/lib.Scale", "main.run")
}

// TestFiles: files are a package, too, and one that imports nothing needs the runtime.
func TestFiles(t *testing.T) {
	dir := tree(t)
	c := config(t, dir, "gen/gen.go")
	if got := instances(t, c, build(t, c)); len(got) < 5 || !strings.HasPrefix(got[0], "command-line-arguments.") {
		t.Errorf("%v", got)
	}
	c = config(t, dir, "cmd/app/main.go")
	same(t, instances(t, c, build(t, c)), "main.(*voice).render", "main.dead", "main.inlined", "main.pick[int]")
}

func TestAssembly(t *testing.T) {
	c := config(t, tree(t), "./asm")
	b := build(t, c)
	same(t, instances(t, c, b), "example.com/tree/asm.Slow")
	if len(b.Skipped) != 1 || b.Skipped[0].Func.Name() != "Fast" || b.Skipped[0].Reason != "is written in assembly" {
		t.Errorf("%+v", b.Skipped)
	}
}

func TestCgo(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no C compiler:", err)
	}
	c := config(t, tree(t), "./cgo")
	same(t, instances(t, c, build(t, c)), "example.com/tree/cgo.Twice")
}

// TestFaults: code that does not compile is no success without executables.
func TestFaults(t *testing.T) {
	dir := tree(t)
	for pattern, want := range map[string][]link.Fault{
		"./broken": {
			{Pos: "broken/broken.go:3:23", Message: "undefined: missing"},
			{Pos: "broken/broken.go:5:13", Message: `cannot use "text" (untyped string constant) as int value in variable declaration`},
		},
		"./lost": {
			{Pos: "lost/lost.go:3:8", Message: "no required module provides package example.com/nowhere/lib; to add it:\n\tgo get example.com/nowhere/lib"},
		},
		"./nowhere": {{Message: "stat " + dir + "/nowhere: directory not found"}},
	} {
		b := build(t, link.Config{Dir: dir, Patterns: []string{pattern}, Env: environment()})
		if !slices.Equal(b.Faults, want) || len(b.Executables) > 0 {
			t.Errorf("%s: %+v, want %+v", pattern, b.Faults, want)
		}
	}
}

// TestText: the compiler's notes come each time, from the cache too, and their files
// are found, shortened or not.
func TestText(t *testing.T) {
	dir := tree(t)
	for _, flags := range [][]string{nil, nil, {"-trimpath"}} {
		b := build(t, link.Config{Dir: dir, Patterns: []string{"./lib"}, Env: environment(), BuildFlags: flags})
		for line := range strings.Lines(b.Text) {
			place, note, _ := strings.Cut(line, ": ")
			name, _, _ := strings.Cut(place, ":")
			if note == "make([]int, s.n) escapes to heap\n" {
				if got := b.File(strings.TrimPrefix(name, "./")); got != filepath.Join(dir, "lib", "lib.go") {
					t.Errorf("%s is %s", name, got)
				}
				break
			}
		}
		if !strings.Contains(b.Text, "escapes to heap") {
			t.Errorf("text: %s", b.Text)
		}
	}
}

func TestPlatform(t *testing.T) {
	_, err := link.Build(t.Context(), link.Config{Dir: t.TempDir(), Env: append(environment(), "GOOS=darwin", "GOARCH=arm64")})
	if !errors.Is(err, link.ErrPlatform) || !strings.Contains(err.Error(), "darwin and arm64") {
		t.Errorf("%v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := link.Build(ctx, link.Config{Dir: tree(t), Env: environment()}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestTreeUnchanged: nothing is written into the tree, and nothing stays elsewhere.
func TestTreeUnchanged(t *testing.T) {
	dir, temporary := tree(t), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	before := files(t, dir)
	c := config(t, dir, "./cmd/app", "./gen")
	b, err := link.Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	same(t, files(t, dir), before...)
	same(t, files(t, temporary))
}

func files(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
