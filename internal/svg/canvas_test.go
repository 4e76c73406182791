package svg

import (
	"encoding/xml"
	"errors"
	"image/color"
	"io"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

func body(c *Canvas) string {
	var b strings.Builder
	_, _ = c.WriteTo(&b)
	return b.String()
}

func TestPathsAreFlippedAndRounded(t *testing.T) {
	c := New(100, 50)
	c.SetColor(Style{Class: "data"})
	c.Stroke(vg.Path{
		{Type: vg.MoveComp, Pos: vg.Point{X: 0, Y: 0}},
		{Type: vg.LineComp, Pos: vg.Point{X: 10.04, Y: 50}},
		{Type: vg.CurveComp, Control: []vg.Point{{X: 1, Y: 1}}, Pos: vg.Point{X: 2, Y: 2}},
		{Type: vg.CurveComp, Control: []vg.Point{{X: 1, Y: 1}, {X: 3, Y: 3}}, Pos: vg.Point{X: 2, Y: 2}},
		{Type: vg.CloseComp},
	})
	want := `<path class="data" d="M0 50L10 0Q1 49 2 48C1 49 3 47 2 48Z"/>` + "\n"
	if got := body(c); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestStateIsSavedAndTransformed(t *testing.T) {
	c := New(100, 100)
	c.SetColor(Style{Class: "outer"})
	c.Push()
	c.SetColor(Style{Class: "inner"})
	c.Translate(vg.Point{X: 10, Y: 20})
	c.Scale(2, 3)
	c.Rotate(math.Pi / 2)
	dot := vg.Path{{Type: vg.MoveComp, Pos: vg.Point{X: 1, Y: 0}}}
	c.Fill(dot) // (1,0) turns to (0,1), grows to (0,3), moves to (10,23)
	c.Pop()
	c.Fill(dot)
	c.SetLineWidth(0)
	c.Stroke(dot)
	c.SetLineWidth(1)
	c.SetColor(color.Black)
	c.Stroke(dot)
	want := `<path class="inner" d="M10 77"/>` + "\n" + `<path class="outer" d="M1 100"/>` + "\n" + `<path d="M1 100"/>` + "\n"
	if got := body(c); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Of a coordinate that stays what it is nothing is written, after a move and after
// lines alike.
func TestStepsAreShort(t *testing.T) {
	c := New(100, 50)
	c.SetLineWidth(1)
	for _, path := range []vg.Path{
		{{Type: vg.MoveComp, Pos: vg.Point{X: 1, Y: 1}}, {Type: vg.LineComp, Pos: vg.Point{X: 1, Y: 1}}},
		{{Type: vg.MoveComp, Pos: vg.Point{X: 1, Y: 1}}, {Type: vg.LineComp, Pos: vg.Point{X: 7, Y: 1}}, {Type: vg.LineComp, Pos: vg.Point{X: 7, Y: 9}}, {Type: vg.LineComp, Pos: vg.Point{X: 8, Y: 8}}, {Type: vg.LineComp, Pos: vg.Point{X: 9, Y: 8}}},
	} {
		c.Stroke(path)
	}
	want := `<path d="M1 49H1"/>` + "\n" + `<path d="M1 49H7V41L8 42H9"/>` + "\n"
	if got := body(c); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestArcsEndWhereTheyShould(t *testing.T) {
	c := New(100, 100)
	var p vg.Path
	p.Move(vg.Point{X: 60, Y: 50})
	p.Arc(vg.Point{X: 50, Y: 50}, 10, 0, math.Pi/2)
	c.Stroke(p)
	if got := body(c); !strings.HasPrefix(got, `<path d="M60 50H60V49.1L`) || !strings.HasSuffix(got, `H50"/>`+"\n") {
		t.Errorf("quarter circle: %s", got)
	}
}

func face(t testing.TB) font.Face {
	t.Helper()
	cache := font.NewCache(liberation.Collection())
	return cache.Lookup(font.Font{Typeface: "Liberation", Variant: "Sans"}, 10)
}

func TestTextIsAnchored(t *testing.T) {
	f := face(t)
	w := f.Width("abc").Points()
	for anchor, want := range map[Anchor]string{
		Start:  `x="10"`,
		Middle: `x="` + number(10+w/2) + `" y="80" text-anchor="middle"`,
		End:    `x="` + number(10+w) + `" y="80" text-anchor="end"`,
	} {
		c := New(100, 100)
		c.SetColor(Style{Class: "tick", Anchor: anchor})
		c.FillString(f, vg.Point{X: 10, Y: 20}, "abc")
		if got := body(c); !strings.Contains(got, want) || !strings.Contains(got, `class="tick"`) {
			t.Errorf("%s has no %s", got, want)
		}
	}
	c := New(100, 100)
	c.Rotate(math.Pi / 2)
	c.FillString(f, vg.Point{X: 10, Y: -20}, "up")
	if got := body(c); !strings.Contains(got, `transform="rotate(-90 20 90)"`) {
		t.Errorf("rotated text: %s", got)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", -0.04: "0", 0.05: "0.1", 12.34: "12.3", 12: "12", -3.25: "-3.3", math.Inf(1): "0",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
	if got := number(math.NaN()); got != "0" {
		t.Errorf("number(NaN) = %q", got)
	}
}

func FuzzFillString(f *testing.F) {
	for _, s := range []string{"abc", "<b>", "&", `"'`, "]]>", "\x00\x1b", "\xff", "日本", "e\u0301"} {
		f.Add(s)
	}
	cache := face(f)
	f.Fuzz(func(t *testing.T, s string) {
		c := New(10, 10)
		c.FillString(cache, vg.Point{}, s)
		elements := 0
		d := xml.NewDecoder(strings.NewReader("<g>" + body(c) + "</g>"))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if _, ok := token.(xml.StartElement); ok {
				elements++
			}
		}
		if want := 1 + min(len(s), 1); elements != want {
			t.Fatalf("%q makes %d elements, want %d", s, elements, want)
		}
	})
}
