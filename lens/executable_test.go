package lens

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/lens/binary"
	"github.com/memkit-go/memkit/lens/report"
)

// TestOnlyInExecutable: the compiler inserts calls that the source does not have, and
// an executable with other flags has others. Permitted effects and hints of the source
// are no findings of the executable either.
func TestOnlyInExecutable(t *testing.T) {
	testenv.SkipInRaceRun(t)
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skipf("executables of %s/%s are not judged", runtime.GOOS, runtime.GOARCH)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module guard\n\ngo 1.26\n",
		"main.go": `package main

var depth int

func leave() { depth-- }

//rt:nonblocking
//rt:nonallocating
func enter() {
	depth++
	defer leave()
}

var queue = make(chan int, 1)

//rt:nonblocking
func offer(n int) {
	select {
	case queue <- n:
	default:
	}
}

//rt:nonallocating
func sum(m map[int]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

//rt:nonblocking
func set(m map[int]int) { m[1] = 2 }

func main() {
	enter()
	offer(sum(map[int]int{1: 2}))
	set(map[int]int{})
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-o", "slow", "-gcflags=-N -l", ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r, err := Check(context.Background(), Config{Dir: dir})
	if err != nil || !r.Clean() {
		t.Errorf("%+v %v", r, err)
	}
	r, err = Check(context.Background(), Config{Dir: dir, Executables: []string{"slow"}})
	if err != nil || len(r.Errors) > 0 {
		t.Fatalf("%+v %v", r, err)
	}
	if len(r.Findings) != 1 || r.Findings[0].Code != binary.Defer || r.Findings[0].Pos != "main.go:11" || !slices.Equal(r.Findings[0].Evidence, []string{report.Binary}) {
		t.Errorf("%+v", r.Findings)
	}
}

// TestUnknownTypes: a program passes a value to a library whose source alone does not
// show that it can.
func TestUnknownTypes(t *testing.T) {
	testenv.SkipInRaceRun(t)
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skipf("executables of %s/%s are not judged", runtime.GOOS, runtime.GOARCH)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m.v2\n\ngo 1.26\n",
		"lib/lib.go": `package lib

type Source[T any] interface{ Next() T }

type zero struct{}

func (zero) Next() int { return 0 }

var current Source[int] = zero{}

func Use(s Source[int]) { current = s }

//rt:nonblocking
//rt:nonallocating
func Step() int { return current.Next() }
`,
		"app/main.go": `package main

import "example.com/m.v2/lib"

type counter struct{ n int }

func (c *counter) Next() int { c.n++; return c.n }

func main() {
	lib.Use(&counter{})
	println(lib.Step())
}
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-o", "program", "./app")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r, err := Check(context.Background(), Config{Dir: dir, Patterns: []string{"./lib"}, Executables: []string{"program"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Errors) != 1 || r.Errors[0].Pos != "lib/lib.go:15:38" || !strings.Contains(r.Errors[0].Message, "main.counter") || !strings.Contains(r.Errors[0].Message, "check package example.com/m.v2/app") {
		t.Errorf("%+v", r.Errors)
	}
	r, err = Check(context.Background(), Config{Dir: dir, Patterns: []string{"./..."}, Executables: []string{"program"}})
	if err != nil || !r.Clean() {
		t.Errorf("%+v %v", r, err)
	}
}

// TestExecutables: a program that the user has built is judged, and must be of the
// same source.
func TestExecutables(t *testing.T) {
	testenv.SkipInRaceRun(t)
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skipf("executables of %s/%s are not judged", runtime.GOOS, runtime.GOARCH)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module gain\n\ngo 1.26\n")
	write("main.go", "package main\n\n//rt:nonallocating\n//\n//go:noinline\nfunc boost(n int) []float32 { return make([]float32, n) }\n\nfunc main() { println(len(boost(3))) }\n")
	build := func(name string, flags ...string) {
		cmd := exec.Command("go", append(append([]string{"build", "-o", name}, flags...), ".")...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	check := func(name string) (*report.Report, error) {
		return Check(context.Background(), Config{Dir: dir, Patterns: []string{"."}, Executables: []string{name}})
	}
	build("gain")
	r, err := check("gain")
	if err != nil || len(r.Findings) != 1 || !slices.Contains(r.Findings[0].Evidence, report.Binary) || len(r.Errors) > 0 {
		t.Errorf("%+v %v", r, err)
	}
	build("stripped", "-ldflags=-s")
	if _, err := check("stripped"); !errors.Is(err, binary.ErrStripped) {
		t.Errorf("stripped: %v", err)
	}
	if _, err := check("main.go"); err == nil || !strings.Contains(err.Error(), "is no ELF file") {
		t.Errorf("no program: %v", err)
	}
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "main.go"), future, future); err != nil {
		t.Fatal(err)
	}
	if _, err := check("gain"); err == nil || !strings.Contains(err.Error(), "build it again") {
		t.Errorf("older than its source: %v", err)
	}
}
