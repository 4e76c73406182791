package arena

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{}, "arena: Config.Size 0: must be >0"},
		{Config{Size: -1}, "arena: Config.Size -1"},
		{Config{Size: math.MaxInt}, "half of this platform's address range"},
		{Config{Size: 1, Name: "a\x00b"}, "NUL"},
		{Config{Size: 1, Name: strings.Repeat("x", 250)}, "250 bytes: at most 249"},
	} {
		if a, err := New(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, %v; want an error with %q", c.config, a, err, c.want)
		}
	}
}

// TestNew holds for both kinds of memory.
func TestNew(t *testing.T) {
	for _, c := range []Config{
		{Size: 1}, {Size: 4096}, {Size: 4097, NoLock: true},
		{Size: 3 << 20, Huge: true}, {Size: 2 << 20, Huge: true, NoLock: true},
	} {
		a, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		b := a.Bytes()
		align := 4096
		if c.Huge {
			align = 2 << 20
		}
		if len(b) < c.Size || len(b)%align != 0 || cap(b) != len(b) || addressOf(b)%uintptr(align) != 0 {
			t.Errorf("%+v: %d bytes, room for %d, at %#x", c, len(b), cap(b), addressOf(b))
		}
		for i, v := range b {
			if v != 0 {
				t.Fatalf("%+v: byte %d is %#x", c, i, v)
			}
		}
		for i := range b {
			b[i] = 0xa5
		}
		g := a.Granted()
		if a.Locked() != g.Locked || g.Locked == (g.LockErr != nil) && !c.NoLock || c.NoLock && (g.Locked || g.LockErr != nil) {
			t.Errorf("%+v: granted %+v", c, g)
		}
		if c.Huge && g.Huge == (g.HugeErr != nil) || !c.Huge && (g.Huge || g.HugeErr != nil) {
			t.Errorf("%+v: granted %+v", c, g)
		}
		if a.FD() != -1 {
			t.Errorf("%+v: descriptor %d", c, a.FD())
		}
		for range 2 {
			if err := a.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if a.Bytes() != nil || a.Locked() || a.FD() != -1 {
			t.Errorf("after Close: %d bytes, %+v", len(a.Bytes()), a.Granted())
		}
	}
}

func TestLockError(t *testing.T) {
	err := &LockError{Bytes: 1 << 20, Limit: 65536, Err: errOnHeap}
	for _, want := range []string{"1048576", "65536", "RLIMIT_MEMLOCK", "CAP_IPC_LOCK", errOnHeap.Error()} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: does not mention %s", err, want)
		}
	}
	if !errors.Is(err, errOnHeap) {
		t.Error("LockError does not unwrap to its cause")
	}
}
