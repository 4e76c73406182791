package binary_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/memkit-go/memkit/lens/binary"
)

// build links a program of testdata, once, and returns its path.
func build(t *testing.T, program string, flags ...string) string {
	t.Helper()
	return buildFor(t, program, flags...)
}

func buildFor(t testing.TB, program string, flags ...string) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skipf("executables of %s/%s are not read", runtime.GOOS, runtime.GOARCH)
	}
	name := program + strings.Join(flags, "")
	path := filepath.Join(built.dir, fmt.Sprint(slices.Index(built.names, name)))
	if slices.Contains(built.names, name) {
		return path
	}
	path = filepath.Join(built.dir, fmt.Sprint(len(built.names)))
	cmd := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), ".")...)
	cmd.Dir = source(t, program)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	built.names = append(built.names, name)
	return path
}

var built struct {
	dir   string
	names []string
}

// source is the folder that the source of a program of testdata is unpacked in.
func source(t testing.TB, program string) string {
	t.Helper()
	dir := filepath.Join(built.dir, program)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", program+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := txtar.FS(archive)
	if err == nil {
		err = os.CopyFS(dir, files)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "memlense-binary")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		built.dir = dir
		return m.Run()
	}())
}

func load(t *testing.T, program string, flags ...string) *binary.Program {
	t.Helper()
	p, err := binary.Load(build(t, program, flags...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var (
	wants    = regexp.MustCompile(`// want (.*)$`)
	function = regexp.MustCompile(`^\t([a-z(].*),$`)
)

// expected reads the lines with codes, and the names of the functions to judge.
func expected(t *testing.T, path string) (codes map[string]bool, names []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	codes = map[string]bool{}
	in := false
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if m := wants.FindStringSubmatch(line); m != nil {
			for _, code := range strings.Fields(m[1]) {
				codes[fmt.Sprintf("%s:%d %s", filepath.Base(path), n, code)] = true
			}
		}
		if strings.HasPrefix(line, "var judged") {
			in = true
		} else if line == "}" {
			in = false
		} else if m := function.FindStringSubmatch(line); in && m != nil {
			for _, name := range strings.Split(m[1], ", ") {
				names = append(names, "main."+binary.WithoutTypeArguments(name))
			}
		}
	}
	return codes, names
}

func TestEffects(t *testing.T) {
	p := load(t, "effects")
	checkEffects(t, p)
}

func checkEffects(t *testing.T, p *binary.Program) {
	t.Helper()
	want, names := expected(t, filepath.Join(source(t, "effects"), "main.go"))
	if len(names) < 80 {
		t.Fatalf("only %d functions to judge", len(names))
	}
	j := &binary.Judge{Program: p}
	got := map[string]binary.Effect{}
	for _, name := range names {
		instances := p.Instances(name)
		if len(instances) == 0 {
			t.Errorf("%s is not in the executable", name)
		}
		for _, instance := range instances {
			effects, err := j.Effects(instance)
			if err != nil {
				t.Error(err)
			}
			for _, e := range effects {
				if e.Code != binary.Panic {
					got[filepath.Base(e.Pos)+" "+e.Code] = e
				}
			}
		}
	}
	for at := range want {
		if _, ok := got[at]; !ok {
			t.Errorf("%s: not found", at)
		}
	}
	for at, e := range got {
		if !want[at] {
			t.Errorf("%s: not wanted: %v, by way of %v", at, e, e.Chain)
		}
	}
}

// TestBuilds: however the program is built, the same is found.
func TestBuilds(t *testing.T) {
	for name, flags := range map[string][]string{
		"position-independent": {"-buildmode=pie"},
		"without DWARF":        {"-ldflags=-w"},
	} {
		t.Run(name, func(t *testing.T) { checkEffects(t, load(t, "effects", flags...)) })
	}
}

func effects(t *testing.T, p *binary.Program, name string, j binary.Judge) []binary.Effect {
	t.Helper()
	j.Program = p
	list, err := j.Effects(name)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(e binary.Effect) bool { return e.Code == binary.Panic })
}

func TestChain(t *testing.T) {
	p := load(t, "effects")
	list := effects(t, p, "main.deepChain", binary.Judge{})
	if len(list) != 1 {
		t.Fatalf("%v", list)
	}
	var funcs []string
	for _, s := range list[0].Chain {
		funcs = append(funcs, s.Func)
	}
	// twoLevels is inlined, allocating is not.
	if want := []string{"main.deepChain", "main.twoLevels", "main.allocating"}; !slices.Equal(funcs, want) {
		t.Errorf("chain %v, want %v", funcs, want)
	}
	if list[0].Callee != "runtime.newobject" || list[0].Pos != list[0].Chain[2].Pos {
		t.Errorf("%+v", list[0])
	}
	if locks := effects(t, p, "main.locks", binary.Judge{}); locks[0].Callee != "sync.(*Mutex).Lock" {
		t.Errorf("%v, want the name of the call that is inlined", locks[0])
	}
	if got := list[0].String(); !strings.HasSuffix(got, ": ML601 runtime.newobject allocates") {
		t.Error(got)
	}
}

// TestIterates: a map that is iterated is told from one that may grow, on one line too.
func TestIterates(t *testing.T) {
	p := load(t, "effects")
	for name, want := range map[string][]bool{
		"main.iteratesMap": {true}, "main.growsMap": {false}, "main.copiesMap": {true, false}, "main.formatting": nil,
	} {
		var got []bool
		for _, e := range effects(t, p, name, binary.Judge{}) {
			if e.Code == binary.Map {
				got = append(got, e.Iterates)
			} else if e.Iterates {
				t.Errorf("%v iterates", e)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestHolds(t *testing.T) {
	p := load(t, "effects")
	for _, tt := range []struct {
		root, held, code string
		want             int
	}{
		{"main.deepChain", "main.allocating", binary.Allocation, 0},
		{"main.deepChain", "main.twoLevels", binary.Allocation, 0}, // inlined
		{"main.deepChain", "main.allocating", binary.Blocking, 1},
		{"main.twoWays", "main.quiet", binary.Allocation, 1}, // by way of loud
		{"main.readLocks", "sync.(*RWMutex).RLock", binary.Lock, 0},
		{"main.throughStandard", "slices.Clone", binary.Allocation, 0}, // generic, inlined
	} {
		j := binary.Judge{Holds: func(function, code string) bool { return function == tt.held && code == tt.code }}
		if got := effects(t, p, tt.root, j); len(got) != tt.want {
			t.Errorf("%s with %s held by %s: %v, want %d effects", tt.root, tt.code, tt.held, got, tt.want)
		}
	}
}

func TestResolve(t *testing.T) {
	p := load(t, "effects")
	for _, tt := range []struct {
		target string
		want   []string
	}{
		{"main.known", nil},
		{"main.allocating", []string{binary.Allocation}},
		{"main.missing", []string{binary.Unknown}},
	} {
		j := binary.Judge{Resolve: func(caller string, c binary.Call) []string {
			if caller != "main.callsStored" || c.Kind != "closure" || len(c.Callees) > 0 || !strings.Contains(c.Pos(), "main.go:") {
				t.Errorf("asked for a call in %s: %+v", caller, c)
			}
			return []string{tt.target}
		}}
		var codes []string
		for _, e := range effects(t, p, "main.callsStored", j) {
			codes = append(codes, e.Code)
		}
		if !slices.Equal(codes, tt.want) {
			t.Errorf("resolved to %s: %v, want %v", tt.target, codes, tt.want)
		}
	}
}

// TestPanics: what leads to a panic only is looked at on demand, and each panic is told.
func TestPanics(t *testing.T) {
	p := load(t, "effects")
	for _, name := range []string{"main.panicsWithText", "main.panicsByHelper"} {
		if got := effects(t, p, name, binary.Judge{}); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
		got := effects(t, p, name, binary.Judge{Panics: true})
		if !slices.ContainsFunc(got, func(e binary.Effect) bool { return e.Code == binary.Allocation && e.Panics }) {
			t.Errorf("%s with panics: %v, want an allocation", name, got)
		}
	}
	for _, e := range effects(t, p, "main.alsoBeforePanic", binary.Judge{Panics: true}) {
		if e.Code == binary.Allocation && e.Panics {
			t.Errorf("%v is not before a panic only", e)
		}
	}
	for name, want := range map[string]string{
		"main.panicsWithText": "runtime.gopanic", "main.divides": "runtime.panicdivide", "main.indexes": "runtime.panicBounds",
	} {
		list, err := (&binary.Judge{Program: p}).Effects(name)
		if err != nil || len(list) != 1 || list[0].Code != binary.Panic || list[0].Callee != want {
			t.Errorf("%s: %v %v, want %s", name, list, err, want)
		}
	}
}

// TestFirstParty: code of others is one place, however much it does.
func TestFirstParty(t *testing.T) {
	p := load(t, "effects")
	list := effects(t, p, "main.formatting", binary.Judge{File: func(string) string { return "there.go" }})
	for _, e := range list {
		if !strings.HasPrefix(e.Pos, "there.go:") {
			t.Errorf("%v", e)
		}
		if list[0].Pos != e.Pos {
			t.Errorf("%v and %v are at two places", list[0], e)
		}
	}
}

// TestSoakProfileGuided: a build with a profile inlines and devirtualises otherwise,
// and allocates no less. It compiles the standard library anew.
func TestSoakProfileGuided(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("set MEMKIT_SOAK=1 to compile the standard library with a profile")
	}
	profile := filepath.Join(t.TempDir(), "cpu.pprof")
	f, err := os.Create(profile)
	if err != nil {
		t.Fatal(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		t.Fatal(err)
	}
	checkEffects(t, load(t, "effects"))
	pprof.StopCPUProfile()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	checkEffects(t, load(t, "effects", "-pgo="+profile))
}
