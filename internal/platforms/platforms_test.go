package platforms

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// root is the module's directory.
var root = filepath.Join("..", "..")

// TestPlatforms checks the types of every package and of its tests on each platform
// of the Makefile, without cgo. It takes a twentieth of the time of `make cross`,
// which also compiles, assembles and links.
func TestPlatforms(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: has no goroutines")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // the files stay
	files := parsed{fset: token.NewFileSet(), files: map[string]*ast.File{}}
	for _, platform := range platforms(t) {
		t.Run(platform, func(t *testing.T) {
			c := checker{t: t, parsed: files, checked: map[string]*types.Package{"unsafe": types.Unsafe}}
			_, arch, _ := strings.Cut(platform, "/")
			for _, p := range listed(t, platform) {
				c.check(p, types.SizesFor("gc", arch))
			}
		})
	}
}

func platforms(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^PLATFORMS := (.+)$`).FindSubmatch(text)
	if line == nil {
		t.Fatal("the Makefile has no line that begins with PLATFORMS :=")
	}
	return strings.Fields(string(line[1]))
}

// listedPackage is what go list says of a package, or of a package as it is
// compiled for a test.
type listedPackage struct {
	ImportPath, Dir string
	GoFiles, SFiles []string
	ImportMap       map[string]string
	Module          *struct{ Main bool }
}

// isOurs reports whether the package is one of this module.
func (p *listedPackage) isOurs() bool { return p.Module != nil && p.Module.Main }

// listed are the packages of the module with their tests and all that they import,
// each behind what it imports.
func listed(t *testing.T, platform string) []*listedPackage {
	t.Helper()
	goos, arch, _ := strings.Cut(platform, "/")
	cmd := exec.Command("go", "list", "-test", "-deps", "-json=ImportPath,Dir,GoFiles,SFiles,ImportMap,Module", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []*listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := new(listedPackage)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		// The first is a part of the language, the file of the second is generated.
		if p.ImportPath != "unsafe" && !strings.HasSuffix(p.ImportPath, ".test") {
			all = append(all, p)
		}
	}
}

// parsed are the files read so far: most are those of several platforms.
type parsed struct {
	fset  *token.FileSet
	files map[string]*ast.File
}

// file reads a file, that of another module without the bodies of its functions and the
// elements of its tables.
func (p parsed) file(name string, isOurs bool) (*ast.File, error) {
	if file := p.files[name]; file != nil {
		return file, nil
	}
	mode := parser.SkipObjectResolution
	if isOurs {
		mode |= parser.ParseComments
	}
	file, err := parser.ParseFile(p.fset, name, nil, mode)
	if err != nil {
		return nil, err
	}
	for _, decl := range file.Decls {
		if isOurs {
			break
		}
		if f, ok := decl.(*ast.FuncDecl); ok {
			f.Body = nil
		} else {
			ast.Inspect(decl, emptied)
		}
	}
	p.files[name] = file
	return file, nil
}

// emptied takes the elements of a composite literal away, unless its type is an array
// whose length they are.
func emptied(n ast.Node) bool {
	if literal, ok := n.(*ast.CompositeLit); ok {
		if array, ok := literal.Type.(*ast.ArrayType); ok {
			if _, ok := array.Len.(*ast.Ellipsis); ok {
				return true
			}
		}
		literal.Elts = nil
	}
	return true
}

// checker checks packages in the order of their imports.
type checker struct {
	parsed
	t       *testing.T
	checked map[string]*types.Package
}

// check reports errors of this module alone. A package's variant for a test has the
// package's own files again, whose functions have been checked with the package.
func (c *checker) check(p *listedPackage, sizes types.Sizes) {
	path, _, variant := strings.Cut(p.ImportPath, " ")
	seen := func(name string) bool { return variant && !strings.HasSuffix(name, "_test.go") }
	var files, fresh []*ast.File
	for _, name := range p.GoFiles {
		file, err := c.file(filepath.Join(p.Dir, name), p.isOurs())
		if err != nil {
			c.t.Fatal(err)
		}
		if seen(name) {
			file = declarations(file)
		} else {
			fresh = append(fresh, file)
		}
		files = append(files, file)
	}
	config := types.Config{
		Importer:         imports{c, p},
		Sizes:            sizes,
		IgnoreFuncBodies: !p.isOurs(),
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) && seen(e.Fset.Position(e.Pos).Filename) {
				return // imports that no function uses
			}
			if p.isOurs() && !c.t.Failed() { // what follows may be due to the first
				c.t.Error(err)
			}
		},
	}
	c.checked[p.ImportPath], _ = config.Check(path, c.fset, files, nil)
	if p.isOurs() && len(p.SFiles) == 0 {
		c.bodies(fresh)
	}
}

// declarations is the file without the bodies of its functions.
func declarations(file *ast.File) *ast.File {
	short := *file
	short.Decls = slices.Clone(file.Decls)
	for i, decl := range short.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok {
			f := *f
			f.Body = nil
			short.Decls[i] = &f
		}
	}
	return &short
}

// bodies reports functions that are declared and not defined, as the compiler does
// where there is no assembly.
func (c *checker) bodies(files []*ast.File) {
	for _, file := range files {
		linked := map[string]bool{}
		for _, group := range file.Comments {
			for _, comment := range group.List {
				if words := strings.Fields(comment.Text); words[0] == "//go:linkname" && len(words) > 1 {
					linked[words[1]] = true
				}
			}
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body == nil && !linked[f.Name.Name] {
				c.t.Errorf("%v: %s has no body", c.fset.Position(f.Pos()), f.Name.Name)
			}
		}
	}
}

// imports resolves the imports of one package.
type imports struct {
	c *checker
	p *listedPackage
}

func (i imports) Import(path string) (*types.Package, error) {
	if mapped, ok := i.p.ImportMap[path]; ok {
		path = mapped
	}
	if p := i.c.checked[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s imports %s, which go list does not name", i.p.ImportPath, path)
}
