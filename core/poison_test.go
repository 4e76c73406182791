//go:build rtpoison && !rtdebug

package core

import "testing"

func TestPoison(t *testing.T) {
	l := newLane(t, Config{})
	poisoned := func(what string, b []byte) {
		t.Helper()
		for _, c := range b {
			if c != Poison {
				t.Errorf("%s: %#x", what, c)
				return
			}
		}
	}
	f := must(l.Begin())
	a := must(raw.Make(f, 100)).Slice()
	m := f.Mark()
	b := must(raw.Make(f, 100)).Slice()
	must(0, f.Rewind(m))
	poisoned("rewound", b)
	if a[0] != 0 {
		t.Error("a rewind poisons what it keeps")
	}
	must(f.End())
	poisoned("ended", a)
	blocks := must(l.Heap().Allocate(4096, 1))
	bytes := blocks.Bytes()
	must(0, l.Heap().Release(blocks))
	poisoned("freed, but for the heap's own notes", bytes[64:])
	s := must(l.Scratch("s", 100))
	c := must(raw.MakeOn(s, 50)).Slice()
	must(0, s.Reset())
	poisoned("reset", c)
	must(0, s.Close())
}
