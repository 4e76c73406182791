package binary_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/lens/binary"
)

// TestBadFiles: a file that is no Go executable for amd64, or not a whole one, is an
// error that says so.
func TestBadFiles(t *testing.T) {
	whole, err := os.ReadFile(build(t, "effects"))
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(whole)
	other[18] = 0xb7 // the machine: arm64
	big := bytes.Clone(whole)
	big[5] = 2 // big-endian
	object := bytes.Clone(whole)
	object[16] = 1 // relocatable
	for name, tt := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":             {nil, "is no ELF file"},
		"text":              {[]byte("#!/bin/sh\necho\n"), "is no ELF file"},
		"Windows":           {[]byte("MZ\x90\x00\x03"), "is no ELF file but one for Windows; build with GOOS=linux"},
		"macOS":             {[]byte("\xcf\xfa\xed\xfe\x07"), "is no ELF file but one for macOS"},
		"header only":       {whole[:64], "damaged or truncated"},
		"half":              {whole[:len(whole)/2], "damaged or truncated"},
		"arm64":             {other, "control flow can be read for amd64 only"},
		"big-endian":        {big, "damaged or truncated"},
		"relocatable":       {object, "and not linked"},
		"no function table": {bytes.ReplaceAll(whole, []byte(".gopclntab"), []byte(".nopclntab")), "not a Go program"},
		"damaged functions": {bytes.ReplaceAll(whole, []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}, []byte{0xf9, 0xff, 0xff, 0xff, 0, 0, 1, 8}), "function table of kind 0xfffffff9"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(path, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := binary.Load(path)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "binary: "+path) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	if _, err := binary.Load(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := binary.Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("folder: %v", err)
	}
}

func TestStripped(t *testing.T) {
	stripped := build(t, "effects", "-ldflags=-s")
	if _, err := binary.Check(stripped, nil); !errors.Is(err, binary.ErrStripped) || !strings.Contains(err.Error(), stripped) {
		t.Errorf("%v", err)
	}
	// Names without type arguments are there all the same.
	if got := effects(t, load(t, "effects", "-ldflags=-s"), "main.twoLevels", binary.Judge{}); len(got) != 1 {
		t.Errorf("twoLevels: %v", got)
	}
}

func TestMissingFunction(t *testing.T) {
	p := load(t, "effects")
	if _, err := (&binary.Judge{Program: p}).Effects("main.gone"); !errors.Is(err, binary.ErrNoFunction) || !strings.Contains(err.Error(), "main.gone") {
		t.Errorf("%v", err)
	}
	if _, ok := p.Func("main.gone"); ok {
		t.Error("found")
	}
}

func TestCheck(t *testing.T) {
	path := build(t, "effects")
	source := filepath.Join(source(t, "effects"), "main.go")
	if main, err := binary.Check(path, []string{source}); err != nil || main != "effects" {
		t.Errorf("just built: %q %v", main, err)
	}
	later := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(later, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(later, future, future); err != nil {
		t.Fatal(err)
	}
	if _, err := binary.Check(path, []string{source, later}); err == nil || !strings.HasSuffix(err.Error(), " is older than "+later+": build it again") {
		t.Errorf("%v", err)
	}
	if err := os.Rename(later, filepath.Join(filepath.Dir(later), "other.go")); err != nil {
		t.Fatal(err)
	}
	if _, err := binary.Check(path, []string{filepath.Join(filepath.Dir(later), "other.go")}); err != nil {
		t.Errorf("a file of no function of the executable: %v", err)
	}
	if _, err := binary.Check(path, []string{"testdata/none/main.go"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestFunc(t *testing.T) {
	p := load(t, "effects")
	f, ok := p.Func("main.callsKnown")
	if !ok || f.Assembly {
		t.Fatal("missing")
	}
	for _, c := range f.Calls {
		if c.Kind == "closure" && strings.Join(c.Callees, " ") == "main.other main.known" || strings.Join(c.Callees, " ") == "main.known main.other" {
			return
		}
	}
	t.Errorf("%+v", f)
}

func TestInstances(t *testing.T) {
	p := load(t, "effects")
	for name, want := range map[string]string{
		"main.generic":          "main.generic[int] main.generic[string]",
		"main.(*device).method": "main.(*device).method",
		"main.nowhere":          "",
	} {
		if got := strings.ReplaceAll(strings.Join(p.Instances(name), " "), "go.shape.", ""); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestCgo: a program with C in it, which the C linker made.
func TestCgo(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no C compiler:", err)
	}
	for _, flags := range [][]string{nil, {"-buildmode=pie"}} {
		p := load(t, "cgo", flags...)
		for name, want := range map[string]string{
			"main.callsC": binary.Cgo, "main.copiesString": binary.Cgo, "main.clean": "", "main.allocates": binary.Allocation,
		} {
			var codes []string
			for _, e := range effects(t, p, name, binary.Judge{}) {
				codes = append(codes, e.Code)
				if !strings.Contains(e.Pos, "main.go:") {
					t.Errorf("%v is not at a line of the source", e)
				}
			}
			if got := strings.Join(codes, " "); got != want {
				t.Errorf("%v: %s: %q, want %q", flags, name, got, want)
			}
		}
	}
}
