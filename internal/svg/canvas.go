package svg

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Canvas is a vg.Canvas that collects an SVG fragment. One point of gonum is
// one user unit of SVG. It is not safe for concurrent use.
type Canvas struct {
	w, h  vg.Length
	body  bytes.Buffer
	state state
	stack []state
	// x and y are where the path being written is.
	x, y string
}

// state is what Push saves. Line width and dashes belong to the class, so only
// a width of zero ("do not draw") is kept.
type state struct {
	style  Style
	hidden bool
	matrix matrix
}

// matrix is the affine map (x, y) → (ax+cy+e, bx+dy+f).
type matrix struct{ a, b, c, d, e, f float64 }

var _ vg.CanvasSizer = (*Canvas)(nil)

// New returns an empty canvas of w by h user units.
func New(w, h vg.Length) *Canvas {
	return &Canvas{w: w, h: h, state: state{matrix: matrix{a: 1, d: 1}}}
}

// Size implements vg.CanvasSizer.
func (c *Canvas) Size() (w, h vg.Length) { return c.w, c.h }

// WriteTo writes the fragment: elements without the enclosing svg element,
// whose attributes are the page's business.
func (c *Canvas) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.body.Bytes())
	return int64(n), err
}

// SetColor takes an [Style]; any other colour draws with the empty class.
func (c *Canvas) SetColor(col color.Color) {
	c.state.style, _ = col.(Style)
}

// SetLineWidth hides strokes at zero; other widths are the style sheet's.
func (c *Canvas) SetLineWidth(w vg.Length) { c.state.hidden = w <= 0 }

// SetLineDash does nothing: dashes are the style sheet's.
func (c *Canvas) SetLineDash([]vg.Length, vg.Length) {}

// Push saves the drawing state.
func (c *Canvas) Push() { c.stack = append(c.stack, c.state) }

// Pop restores the state of the matching Push.
func (c *Canvas) Pop() {
	last := len(c.stack) - 1
	c.state, c.stack = c.stack[last], c.stack[:last]
}

// Translate implements vg.Canvas.
func (c *Canvas) Translate(p vg.Point) {
	m := &c.state.matrix
	m.e, m.f = m.apply(p)
}

// Scale implements vg.Canvas.
func (c *Canvas) Scale(x, y float64) {
	m := &c.state.matrix
	m.a, m.b = m.a*x, m.b*x
	m.c, m.d = m.c*y, m.d*y
}

// Rotate implements vg.Canvas, counter-clockwise in radians.
func (c *Canvas) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	m := c.state.matrix
	c.state.matrix.a = m.a*cos + m.c*sin
	c.state.matrix.b = m.b*cos + m.d*sin
	c.state.matrix.c = m.c*cos - m.a*sin
	c.state.matrix.d = m.d*cos - m.b*sin
}

func (m matrix) apply(p vg.Point) (x, y float64) {
	px, py := p.X.Points(), p.Y.Points()
	return m.a*px + m.c*py + m.e, m.b*px + m.d*py + m.f
}

// Stroke writes the path with the current class.
func (c *Canvas) Stroke(p vg.Path) {
	if !c.state.hidden {
		c.path(p)
	}
}

// Fill writes the path with the current class; whether a class fills or
// strokes is the style sheet's choice.
func (c *Canvas) Fill(p vg.Path) { c.path(p) }

// DrawImage does nothing: no figure of ours holds pixels.
func (c *Canvas) DrawImage(vg.Rectangle, image.Image) {}

// FillString writes one text. Control characters that XML cannot carry become
// U+FFFD.
func (c *Canvas) FillString(f font.Face, p vg.Point, text string) {
	if f.Font.Size == 0 || text == "" {
		return
	}
	style := c.state.style
	switch style.Anchor {
	case Middle:
		p.X += f.Width(text) / 2
	case End:
		p.X += f.Width(text)
	}
	x, y := c.state.matrix.apply(p)
	y = c.h.Points() - y
	c.body.WriteString(`<text`)
	c.class()
	c.attribute("x", x)
	c.attribute("y", y)
	switch style.Anchor {
	case Middle:
		c.body.WriteString(` text-anchor="middle"`)
	case End:
		c.body.WriteString(` text-anchor="end"`)
	}
	if m := c.state.matrix; m.b != 0 {
		deg := -math.Atan2(m.b, m.a) * 180 / math.Pi
		fmt.Fprintf(&c.body, ` transform="rotate(%s %s %s)"`, number(deg), number(x), number(y))
	}
	c.body.WriteByte('>')
	_ = xml.EscapeText(&c.body, []byte(text)) // a bytes.Buffer does not fail
	c.body.WriteString("</text>\n")
}

func (c *Canvas) class() {
	if c.state.style.Class != "" {
		c.body.WriteString(` class="` + c.state.style.Class + `"`)
	}
}

func (c *Canvas) attribute(name string, v float64) {
	c.body.WriteString(" " + name + `="` + number(v) + `"`)
}

func (c *Canvas) path(p vg.Path) {
	if len(p) == 0 {
		return
	}
	c.body.WriteString(`<path`)
	c.class()
	c.body.WriteString(` d="`)
	for _, comp := range p {
		c.component(comp)
	}
	c.body.WriteString("\"/>\n")
}

// component writes one path component. Arcs become chords of five degrees,
// finer than a tenth of a unit at the radii that figures use.
func (c *Canvas) component(comp vg.PathComp) {
	switch comp.Type {
	case vg.MoveComp:
		c.point('M', comp.Pos)
	case vg.LineComp:
		c.lineTo(comp.Pos)
	case vg.ArcComp:
		steps := max(1, int(math.Ceil(math.Abs(comp.Angle)/(math.Pi/36))))
		for i := range steps + 1 {
			sin, cos := math.Sincos(comp.Start + comp.Angle*float64(i)/float64(steps))
			c.lineTo(vg.Point{
				X: comp.Pos.X + comp.Radius*vg.Length(cos),
				Y: comp.Pos.Y + comp.Radius*vg.Length(sin),
			})
		}
	case vg.CurveComp:
		command := byte('Q')
		if len(comp.Control) == 2 {
			command = 'C'
		}
		c.point(command, comp.Control[0])
		for _, p := range comp.Control[1:] {
			c.point(' ', p)
		}
		c.point(' ', comp.Pos)
	case vg.CloseComp:
		c.body.WriteByte('Z')
	}
}

// lineTo writes one coordinate where the other stays what it is: steps and dots, of
// which figures are full, take half the bytes.
func (c *Canvas) lineTo(p vg.Point) {
	x, y := c.coordinates(p)
	switch {
	case y == c.y:
		c.body.WriteString("H" + x)
	case x == c.x:
		c.body.WriteString("V" + y)
	default:
		c.body.WriteString("L" + x + " " + y)
	}
	c.x, c.y = x, y
}

func (c *Canvas) point(command byte, p vg.Point) {
	c.x, c.y = c.coordinates(p)
	c.body.WriteByte(command)
	c.body.WriteString(c.x + " " + c.y)
}

func (c *Canvas) coordinates(p vg.Point) (x, y string) {
	px, py := c.state.matrix.apply(p)
	return number(px), number(c.h.Points() - py)
}

// number keeps a tenth of a unit: at any size that a reader would choose, less than
// a pixel. A number that is not finite is drawn at 0.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	v = math.Round(v*10) / 10
	if v == 0 {
		return "0" // not "-0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
