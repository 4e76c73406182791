package gpu

import "testing"

func TestHazards(t *testing.T) {
	a, b, c := Span{1, 0, 64}, Span{1, 64, 64}, Span{2, 0, 64}
	half := Span{1, 32, 64} // of a and of b
	var h hazards
	for i, step := range []struct {
		reads, writes []Span
		want          bool
	}{
		{[]Span{a}, []Span{c}, false},
		{[]Span{a}, []Span{b}, false},    // reads may overlap
		{[]Span{c}, nil, true},           // read after write
		{[]Span{b}, nil, false},          // b is visible since that barrier
		{nil, []Span{b}, true},           // write after read
		{nil, []Span{a}, false},          // next to b
		{nil, []Span{half}, true},        // write after write, in part
		{[]Span{{3, 0, 64}}, nil, false}, // other memory
	} {
		if got := h.add(step.reads, step.writes); got != step.want {
			t.Errorf("step %d: barrier %v, want %v", i, got, step.want)
		}
	}
}
