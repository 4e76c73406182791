package debug

import (
	"strings"
	"testing"
	"unsafe"
)

func TestPatterns(t *testing.T) {
	b := make([]byte, 100)
	p := unsafe.Pointer(&b[10])
	Fill(p, 80, Freed)
	if b[9] != 0 || b[90] != 0 {
		t.Error("Fill writes around what it was given")
	}
	if at, altered := Altered(p, 80, Freed); altered {
		t.Errorf("byte %d differs", at)
	}
	b[57]--
	if at, altered := Altered(p, 80, Freed); !altered || at != 47 {
		t.Errorf("byte %d differs: %v; want 47", at, altered)
	}
	if _, altered := Altered(p, 0, Fresh); altered {
		t.Error("no bytes differ")
	}
}

func TestSite(t *testing.T) {
	var s Site
	if s.String() != "never" {
		t.Errorf("a place where nothing was: %v", &s)
	}
	s.Here(0)
	if !strings.Contains(s.String(), "pattern_unsafe_test.go:") {
		t.Errorf("this place: %v", &s)
	}
}
