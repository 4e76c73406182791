package binary_test

import (
	"slices"
	"testing"

	"github.com/memkit-go/memkit/lens/binary"
)

// TestBriefLocks: a lock that is held for some instructions does not hide one that is
// waited for, in code of others, of which one effect of each kind is told.
func TestBriefLocks(t *testing.T) {
	p, err := binary.Load(build(t, "foreign"))
	if err != nil {
		t.Fatal(err)
	}
	j := binary.Judge{Program: p, FirstParty: func(pkg string) bool { return pkg == "main" }}
	list, err := j.Effects("main.call")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		if e.Code == binary.Lock && e.Brief {
			got = append(got, "brief "+e.Callee)
		} else if e.Code == binary.Lock {
			got = append(got, e.Callee)
		}
	}
	slices.Sort(got)
	if want := []string{"brief runtime.selectnbsend", "sync.(*Mutex).Lock"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestImplementations: a type behind a generic interface of a package whose path has a
// dot at its end.
func TestImplementations(t *testing.T) {
	p, err := binary.Load(build(t, "foreign"))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Implementations("example.com/foreign.v2/locks.v2.Source"); !slices.Equal(got, []string{"main.voice"}) {
		t.Errorf("%q", got)
	}
	if got := p.Implementations("error"); len(got) > 0 {
		t.Errorf("of the standard library: %q", got)
	}
}
