package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/memkit-go/memkit"

var root = filepath.Join("..", "..")

// source is one Go file of the module, parsed without regard to build tags: the
// rules apply on every platform.
type source struct {
	// path is slash-separated and relative to the module's root.
	path string
	file *ast.File
	fset *token.FileSet
}

func (s source) pkg() string  { return path.Dir(s.path) }
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }
func (s source) base() string { return path.Base(s.path) }
func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.fset.Position(n.Pos()).Line)
}

// isPublic reports whether users can import the package.
func isPublic(pkg string) bool {
	return !strings.Contains("/"+pkg+"/", "/internal/") && !strings.HasPrefix(pkg, "cmd/") && !strings.HasPrefix(pkg, "examples/")
}

// imports are the file's import paths.
func (s source) imports() []string {
	var paths []string
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// document is one Markdown file.
type document struct{ path, text string }

// tree is the content of the module's directory, test data, hidden directories
// and other modules excluded.
type tree struct {
	sources   []source
	documents []document
}

var readTree = sync.OnceValues(func() (tree, error) {
	var all tree
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if p != root && isSkipped(d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		return all.read(fset, p, filepath.ToSlash(name))
	})
	return all, err
})

func isSkipped(dir string) bool {
	return dir == "testdata" || dir == "tools" || dir == "bin" || dir == "rtbench-out" || strings.HasPrefix(dir, ".")
}

func (t *tree) read(fset *token.FileSet, file, name string) error {
	switch path.Ext(name) {
	case ".go":
		parsed, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		t.sources = append(t.sources, source{path: name, file: parsed, fset: fset})
	case ".md":
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		t.documents = append(t.documents, document{path: name, text: string(text)})
	}
	return nil
}

// sources are the Go files of the module.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := readTree()
	if err != nil {
		t.Fatal(err)
	}
	if len(all.sources) == 0 {
		t.Fatal("no Go files found; the rules would pass for the wrong reason")
	}
	return all.sources
}

// documents are the Markdown files of the module.
func documents(t *testing.T) []document {
	t.Helper()
	all, err := readTree()
	if err != nil {
		t.Fatal(err)
	}
	if len(all.documents) == 0 {
		t.Fatal("no documents found; the rules would pass for the wrong reason")
	}
	return all.documents
}
