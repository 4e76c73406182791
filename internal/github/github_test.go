package github

import "testing"

func TestString(t *testing.T) {
	for _, tt := range []struct {
		a    Annotation
		want string
	}{
		{Annotation{Level: Error, Title: "FAIL loop: p99,9", Message: "100% late\nby 3 µs"}, "::error title=FAIL loop%3A p99%2C9::100%25 late%0Aby 3 µs"},
		{Annotation{Level: Warning, File: "a,b.go", Line: 3, Column: 7, Title: "ML601", Message: "a: b, c"}, "::warning file=a%2Cb.go,line=3,col=7,title=ML601::a: b, c"},
		{Annotation{Level: Notice, Message: "x"}, "::notice::x"},
	} {
		if got := tt.a.String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
