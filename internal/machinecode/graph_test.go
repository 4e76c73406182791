package machinecode

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const program = `package main

import "os"

type shape interface {
	area() int
	sides() int
}

type square struct{ n int }

//go:noinline
func (s *square) area() int { return s.n * s.n }

//go:noinline
func (s *square) sides() int { return 4 }

//go:noinline
func measure(s shape) int { return s.area() + s.sides() }

//go:noinline
func choose(i int) int {
	switch i {
	case 0: return 3
	case 1: return 14
	case 2: return 15
	case 3: return i * 92
	case 4: return 65
	case 5: return i + 35
	case 6: return 89
	case 7: return 79
	case 8: return i - 32
	case 9: return 38
	}
	return 46
}

//go:noinline
func double(n int) int { return n * 2 }

//go:noinline
func triple(n int) int { return n * 3 }

//go:noinline
func direct(n int) int { return n + 1 }

var table = []func(int) int{double}

//go:noinline
func either(n int) int {
	f := double
	if n > 3 {
		f = triple
	}
	return f(n)
}

//go:noinline
func deferred(n int) (r int) {
	defer func() { r += direct(n) }()
	return double(n)
}

// changed has a function value that another function may exchange.
//go:noinline
func changed(n int) int {
	f := double
	change(&f)
	return f(n)
}

//go:noinline
func change(f *func(int) int) { *f = triple }

func inlined(n int) int { return direct(n) * 2 }

//go:noinline
func outer(n int) int { return inlined(n) + 1 }

//go:noinline
func checked(a []int, i int) int { return a[i] }

func main() {
	n := len(os.Args)
	println(measure(&square{n}), choose(n), either(n), deferred(n), changed(n), outer(n), table[0](n), checked(nil, n))
}
`

// built links the program and opens it.
func built(t *testing.T) *Binary {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("graphs are read on linux/amd64 only")
	}
	dir := t.TempDir()
	source, path := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-o", path, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func graph(t *testing.T, b *Binary, name string) *Graph {
	t.Helper()
	s, ok := b.Lookup(name)
	if !ok {
		t.Fatalf("no %s", name)
	}
	g, err := b.Graph(s)
	if err != nil {
		t.Fatal(err)
	}
	check(t, g)
	if len(g.Undecoded) > 0 {
		t.Errorf("%s: %#x cannot be decoded", name, g.Undecoded)
	}
	for _, block := range g.Blocks {
		if block.Open {
			t.Errorf("%s: the block at %#x is open", name, block.Start)
		}
	}
	return g
}

// targets lists the targets of the indirect calls of a function; "?" for unknown.
func targets(g *Graph) (list []string) {
	for _, block := range g.Blocks {
		for _, c := range block.Calls {
			if c.Kind == Direct {
				continue
			}
			if len(c.Targets) == 0 {
				list = append(list, "?")
			}
			for _, s := range c.Targets {
				list = append(list, s.Name)
			}
		}
	}
	slices.Sort(list)
	return list
}

func TestGraph(t *testing.T) {
	b := built(t)
	for name, want := range map[string]string{
		"main.measure":  "? ?",
		"main.either":   "main.double main.triple",
		"main.deferred": "main.deferred.func1",
		"main.changed":  "?",
		"main.outer":    "",
	} {
		if got := strings.Join(targets(graph(t, b, name)), " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, block := range graph(t, b, "main.measure").Blocks {
		for _, c := range block.Calls {
			if c.Kind != Interface && c.Kind != Direct {
				t.Errorf("a call of a method is %v", c.Kind)
			}
		}
	}
}

// TestJumpTable: the compiler makes a table of a switch, whose targets are successors.
func TestJumpTable(t *testing.T) {
	g := graph(t, built(t), "main.choose")
	most, returns := 0, 0
	for _, block := range g.Blocks {
		most = max(most, len(block.Succs))
		if block.Returns {
			returns++
		}
	}
	if most != 10 || returns != 11 {
		t.Errorf("at most %d successors and %d returns, want 10 and 11", most, returns)
	}
}

func TestFrames(t *testing.T) {
	b := built(t)
	for _, block := range graph(t, b, "main.outer").Blocks {
		for _, c := range block.Calls {
			if len(c.Targets) != 1 || c.Targets[0].Name != "main.direct" {
				continue
			}
			line := func(text string) int {
				before, _, _ := strings.Cut(program, text)
				return strings.Count(before, "\n") + 1
			}
			frames := b.Frames(c.PC)
			if len(frames) != 2 || frames[0].Func != "main.inlined" || frames[0].Line != line("func inlined") ||
				frames[1].Func != "main.outer" || frames[1].Line != line("func outer") {
				t.Errorf("%+v", frames)
			}
			return
		}
	}
	t.Error("outer does not call direct")
}

// TestRecovery: a function with a deferred call can be entered after a panic.
func TestRecovery(t *testing.T) {
	b := built(t)
	g := graph(t, b, "main.deferred")
	if g.Recovery < 0 {
		t.Fatal("none")
	}
	calls := g.Blocks[g.Recovery].Calls
	if len(calls) == 0 || calls[0].Targets[0].Name != "runtime.deferreturn" {
		t.Errorf("%+v", calls)
	}
	if g := graph(t, b, "main.outer"); g.Recovery >= 0 {
		t.Errorf("outer is entered at %d", g.Recovery)
	}
}

func TestItabs(t *testing.T) {
	for _, table := range built(t).Itabs() {
		if table.Interface == "main.shape" {
			if table.Type != "*main.square" || !slices.Equal(table.Methods, []string{"main.(*square).area", "main.(*square).sides"}) {
				t.Errorf("%+v", table)
			}
			return
		}
	}
	t.Error("none for shape")
}

func TestAddressTaken(t *testing.T) {
	b := built(t)
	names := func(graphs ...*Graph) (list []string) {
		for _, s := range b.AddressTaken(graphs...) {
			if strings.HasPrefix(s.Name, "main.") {
				list = append(list, s.Name)
			}
		}
		return list
	}
	got := names(graph(t, b, "main.deferred"))
	for name, want := range map[string]bool{
		"main.double": true, "main.triple": true, "main.(*square).area": true, "main.deferred.func1": true,
		"main.direct": false, "main.outer": false,
	} {
		if slices.Contains(got, name) != want {
			t.Errorf("%s: %v, want %v", name, !want, want)
		}
	}
	if slices.Contains(names(), "main.deferred.func1") {
		t.Error("the literal's address is in code alone")
	}
}
