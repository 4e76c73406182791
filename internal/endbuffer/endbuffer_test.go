package endbuffer

import (
	"strings"
	"testing"
)

func TestBufferKeepsTheEnd(t *testing.T) {
	b := &Buffer{Size: 4}
	for _, text := range []string{"ab", "cdef", "g\n"} {
		if n, err := b.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("Write(%q) took %d, %v", text, n, err)
		}
	}
	if got := b.String(); got != "efg" {
		t.Errorf("%q is kept, not the last four bytes without space", got)
	}
	zero := &Buffer{}
	if _, err := zero.Write([]byte(strings.Repeat("x", 9<<10) + "y")); err != nil {
		t.Fatal(err)
	}
	if got := zero.String(); len(got) != 8<<10 || !strings.HasSuffix(got, "y") {
		t.Errorf("the zero value keeps %d bytes", len(got))
	}
}
