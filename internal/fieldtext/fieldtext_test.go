package fieldtext

import (
	"errors"
	"testing"
	"time"
)

type inner struct{ Size, Count int }

type config struct {
	inner
	Name    string
	Period  time.Duration
	CPUs    []int
	Region  []byte
	Strict  bool
	Call    func()
	Signal  chan int
	Next    *config
	Parts   []inner
	Nested  inner
	Map     map[string]int
	Err     error
	Share   float64
	private int
}

type Counts struct{ Live, Peak int }

type stats struct {
	Counts
	Deep struct{ A struct{ B struct{ C int } } }
}

func (c config) String() string { return Of(c, "defaults") }

func TestOf(t *testing.T) {
	deep := stats{Counts: Counts{Live: 1}}
	deep.Deep.A.B.C = 1
	for _, tt := range []struct {
		v    any
		want string
	}{
		{config{}, "none"},
		{config{private: 1, inner: inner{Size: 1}}, "none"},
		{config{Name: "arm", Period: time.Millisecond, CPUs: []int{1, 3}, Strict: true, Share: .5}, `Name "arm", Period 1ms, CPUs [1, 3], Strict, Share 0.5`},
		{config{Region: make([]byte, 640), CPUs: make([]int, 9), Map: map[string]int{"a": 1}}, "CPUs of 9, Region of 640 bytes, Map of 1"},
		{config{Call: func() {}, Signal: make(chan int), Err: errors.New("rt: broken")}, "Call given, Signal given, Err rt: broken"},
		{config{Next: &config{Strict: true}, Parts: []inner{{1, 2}, {3, 0}}, Nested: inner{Size: 5}}, "Next Strict, Parts [(Size 1, Count 2), (Size 3)], Nested (Size 5)"},
		{deep, "Live 1, Deep (A (B given))"},
		{stats{}, "none"},
	} {
		if got := Of(tt.v, "none"); got != tt.want {
			t.Errorf("%#v\n got %q\nwant %q", tt.v, got, tt.want)
		}
	}
	if got := (config{}).String(); got != "defaults" {
		t.Errorf("%q", got)
	}
}
