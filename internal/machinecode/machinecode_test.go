package machinecode

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func self(t *testing.T) *Binary {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("test binaries are ELF files only on Linux")
	}
	b, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t *testing.T, b *Binary, name string) *Func {
	t.Helper()
	f, err := b.Func("github.com/memkit-go/memkit/internal/machinecode." + name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

//go:noinline
func straight(a, b int) int { return a*b + 1 }

//go:noinline
func looping(n int) (s int) {
	for i := range n {
		s += i * s
	}
	return s
}

//go:noinline
func checked(a []int, i int) int { return a[i] }

//go:noinline
func calling(n int) int {
	var frame [4096]byte // makes the prologue check the stack
	frame[n&4095] = 1
	return straight(n, int(frame[n>>1&4095])) + 1
}

//go:noinline
func indirect(f func() int) int { return f() + 1 }

//go:noinline
func panicking(n int) int {
	if n == 0 {
		panic("zero")
	}
	return n
}

func TestFunc(t *testing.T) {
	if err := Release(); err != nil {
		t.Skip(err)
	}
	b := self(t)
	_ = straight(1, 2) + looping(3) + checked([]int{1}, 0) + calling(3) + indirect(func() int { return 1 }) + panicking(1)

	if f := load(t, b, "straight"); f.Instructions < 2 || f.Instructions > 8 || len(f.Calls)+len(f.Loops) != 0 {
		t.Errorf("straight: %+v", f)
	}
	if f := load(t, b, "looping"); len(f.Loops) != 1 || f.Loops[0].To >= f.Loops[0].From {
		t.Errorf("looping: %+v", f)
	}
	if f := load(t, b, "checked"); len(f.Calls) != 1 || !strings.HasPrefix(f.Calls[0], "runtime.panic") || len(f.HotCalls()) != 0 {
		t.Errorf("checked: %+v", f)
	}
	if f := load(t, b, "panicking"); len(f.HotCalls()) != 0 || len(f.Calls) == 0 {
		t.Errorf("panicking: %+v", f)
	}
	if f := load(t, b, "calling"); len(f.Loops) != 0 || !slices.Equal(f.HotCalls(), []string{"github.com/memkit-go/memkit/internal/machinecode.straight"}) {
		t.Errorf("calling: %+v", f)
	} else if len(f.Calls) != 2 || !strings.HasPrefix(f.Calls[1], "runtime.morestack") {
		t.Errorf("calling: %+v; want a call to morestack", f)
	}
	if f := load(t, b, "indirect"); !slices.Equal(f.HotCalls(), []string{"indirect"}) {
		t.Errorf("indirect: %+v", f)
	}
}

func TestErrors(t *testing.T) {
	if _, err := self(t).Func("no/such.function"); err == nil || !strings.Contains(err.Error(), "no/such.function") {
		t.Errorf("unknown function: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("not a program"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(text); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("text file: %v", err)
	}
}
