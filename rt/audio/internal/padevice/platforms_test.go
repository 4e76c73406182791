package padevice

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// TestOtherSystems: with the tag portaudio, this package and package audio type-check
// on darwin and windows, whose C compilers and PortAudio are not here: what the Go files
// of all dependencies declare is read for that system, and what they take from C is
// assumed to be there. So a name of the Go package's that is not there, or one of our own
// that one system lacks, fails here; nothing has run there.
func TestOtherSystems(t *testing.T) {
	testenv.SkipInRaceRun(t)
	for _, platform := range []string{"darwin/arm64", "windows/amd64"} {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			system, arch, _ := strings.Cut(platform, "/")
			c := checker{t: t, arch: arch, files: token.NewFileSet(), done: map[string]*types.Package{}}
			for _, p := range listed(t, system, arch, "github.com/memkit-go/memkit/rt/audio") {
				c.check(p)
			}
			if c.done["github.com/memkit-go/memkit/rt/audio/internal/padevice"] == nil {
				t.Error("package audio does not import this package here")
			}
		})
	}
}

// listing is what go list says of a package.
type listing struct {
	ImportPath, Dir   string
	GoFiles, CgoFiles []string
	ImportMap         map[string]string
	Standard          bool
}

// listed are a package and its dependencies, these first.
func listed(t *testing.T, system, arch, path string) (all []listing) {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-tags", "portaudio", "-json=ImportPath,Dir,GoFiles,CgoFiles,ImportMap,Standard", path)
	list.Env = append(list.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=1")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listing
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// checker type-checks packages from their source, each after those that it imports.
type checker struct {
	t     *testing.T
	arch  string
	files *token.FileSet
	done  map[string]*types.Package
}

func (c *checker) check(p listing) {
	c.t.Helper()
	var parsed []*ast.File
	for _, name := range append(p.GoFiles, p.CgoFiles...) {
		f, err := parser.ParseFile(c.files, filepath.Join(p.Dir, name), p.source(c.t, name), parser.SkipObjectResolution)
		if err != nil {
			c.t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	ours := strings.HasPrefix(p.ImportPath, "github.com/memkit-go/")
	config := types.Config{
		Importer: importing{c.done, p.ImportMap}, FakeImportC: true, IgnoreFuncBodies: !ours,
		Sizes: types.SizesFor("gc", c.arch),
	}
	if ours {
		config.Error = func(err error) { c.t.Error(err) }
	} else {
		config.Error = func(error) {} // its names are what counts
	}
	c.done[p.ImportPath], _ = config.Check(p.ImportPath, c.files, parsed, nil)
}

// source is a file of the package, or nil for what lies in it. Of the Go package for
// PortAudio, numbers stand in the place of C's.
func (p listing) source(t *testing.T, name string) any {
	if p.ImportPath != "github.com/gordonklaus/portaudio" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(p.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	text = numbers.ReplaceAll(text, []byte("= 1\n"))
	return bytes.ReplaceAll(text, []byte("C.PaStreamCallbackFlags"), []byte("uint64"))
}

// numbers are constants of PortAudio's.
var numbers = regexp.MustCompile(`= C\.pa\w+\n`)

// importing finds packages that were checked.
type importing struct {
	done map[string]*types.Package
	as   map[string]string
}

func (i importing) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if to, ok := i.as[path]; ok {
		path = to
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return importer.Default().Import(path)
}
