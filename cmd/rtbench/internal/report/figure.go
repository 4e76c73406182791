package report

import (
	"bytes"
	"html/template"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memkit-go/memkit/internal/svg"
)

// The size of a figure in user units; a page scales it to the column. Text of
// ten units then stays readable on a telephone.
const (
	figureWidth  = 440
	figureHeight = 260
	// headroom holds the title of the vertical axis and a line of notes.
	headroom = 28
	// footroom holds the name of the horizontal axis.
	footroom = 19
	// margin keeps tick labels inside where the reader's font is wider than
	// the one that laid the figure out.
	margin = 8
)

var (
	tickFont  = font.Font{Typeface: "Liberation", Variant: "Sans", Size: 10}
	styleAxis = svg.Style{Class: "axis"}
	styleGrid = svg.Style{Class: "grid"}
)

// figure is a plot under construction: gonum's axes and our layers.
type figure struct {
	*plot.Plot
	// title names the vertical axis, set horizontally at the upper left, where
	// it is read first; foot names the horizontal one. gonum's own axis label
	// is not used: on a log axis it takes the arithmetic middle for the middle
	// and narrows the plot to make room there.
	title, foot string
	w, h        vg.Length
}

// newFigure has no layers and no range yet; both axes are linear.
func newFigure(title, foot string) *figure {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Scale = linearScale{}
		a.Padding = 0
		a.Color = styleAxis
		a.Tick.Color = styleAxis
		a.Tick.Length = 4
		a.Tick.Label.Font = tickFont
	}
	p.X.Tick.Label.Color = svg.Style{Class: "tick", Anchor: svg.Middle}
	p.Y.Tick.Label.Color = svg.Style{Class: "tick", Anchor: svg.End}
	// The grid says where a value lies; a second line along it says nothing.
	p.Y.Width = 0
	p.Y.Tick.Length = 0
	f := &figure{Plot: p, title: title, foot: foot, w: figureWidth, h: figureHeight}
	f.Add(layer(f.grid))
	return f
}

func (f *figure) logX(lo, hi float64, ticks plot.Ticker) {
	f.X.Min, f.X.Max, f.X.Scale, f.X.Tick.Marker = lo, hi, logScale{}, ticks
}

func (f *figure) logY(lo, hi float64, ticks plot.Ticker) {
	f.Y.Min, f.Y.Max, f.Y.Scale, f.Y.Tick.Marker = lo, hi, logScale{}, ticks
}

// grid draws a hairline at each labelled tick of the vertical axis.
func (f *figure) grid(s surface) {
	for _, t := range f.Y.Tick.Marker.Ticks(f.Y.Min, f.Y.Max) {
		if !t.IsMinor() {
			s.line(styleGrid, point{f.X.Min, t.Value}, point{f.X.Max, t.Value})
		}
	}
}

// svg renders the figure; alt is its text for readers who do not see it.
func (f *figure) svg(alt string) template.HTML {
	canvas := svg.New(f.w, f.h)
	c := draw.New(canvas)
	label(c, svg.Style{Class: "label"}, c.Min.X, c.Max.Y, draw.XLeft, draw.YTop, f.title)
	f.drawIn(draw.Crop(c, margin, -margin, 0, -headroom))
	var out bytes.Buffer
	_ = svgTemplate.Execute(&out, svgView{f.w.Points(), f.h.Points(), printable(alt), fragment(canvas)})
	return template.HTML(out.String())
}

// drawIn draws axes and layers into c, the horizontal axis's name below them.
func (f *figure) drawIn(c draw.Canvas) {
	label(c, svg.Style{Class: "label", Anchor: svg.Middle}, c.Center().X, c.Min.Y+3, draw.XCenter, draw.YBottom, f.foot)
	f.Draw(draw.Crop(c, 0, 0, footroom, 0))
}

type svgView struct {
	W, H float64
	Alt  string
	Body template.HTML
}

var svgTemplate = template.Must(template.New("svg").Parse(
	`<svg class="fig" viewBox="0 0 {{.W}} {{.H}}" role="img" aria-label="{{.Alt}}">{{.Body}}</svg>`))

// fragment is safe as HTML: the canvas escapes every text it is given.
func fragment(c *svg.Canvas) template.HTML {
	var b bytes.Buffer
	_, _ = c.WriteTo(&b)
	return template.HTML(b.String())
}

// layer is one drawing step of a figure.
type layer func(surface)

// Plot implements plot.Plotter.
func (l layer) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	l(surface{c, x, y})
}

// surface draws in data units.
type surface struct {
	draw.Canvas
	x, y func(float64) vg.Length
}

func (s surface) at(p point) vg.Point { return vg.Point{X: s.x(p.x), Y: s.y(p.y)} }

func (s surface) path(points []point) (path vg.Path) {
	for i, p := range points {
		if i == 0 {
			path.Move(s.at(p))
		} else {
			path.Line(s.at(p))
		}
	}
	return path
}

// line strokes one polyline.
func (s surface) line(i svg.Style, points ...point) {
	s.SetColor(i)
	s.SetLineWidth(1)
	s.Stroke(s.path(points))
}

// segments strokes pairs of points as one path; a segment of no length shows
// as a dot where the class has round line caps.
func (s surface) segments(i svg.Style, points []point) {
	var path vg.Path
	for k := 0; k+1 < len(points); k += 2 {
		path.Move(s.at(points[k]))
		path.Line(s.at(points[k+1]))
	}
	s.SetColor(i)
	s.SetLineWidth(1)
	s.Stroke(path)
}

// dots are segments of no length.
func (s surface) dots(i svg.Style, points []point) {
	twice := make([]point, 0, 2*len(points))
	for _, p := range points {
		twice = append(twice, p, p)
	}
	s.segments(i, twice)
}

// glyph outlines a regular polygon of r units around each point; the class says
// whether it is filled. Many corners read as a circle, four as a diamond.
func (s surface) glyph(i svg.Style, corners int, r vg.Length, points []point) {
	if len(points) == 0 {
		return
	}
	var path vg.Path
	for _, p := range points {
		centre := s.at(p)
		for k := range corners {
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(corners))
			corner := vg.Point{X: centre.X + r*vg.Length(cos), Y: centre.Y + r*vg.Length(sin)}
			if k == 0 {
				path.Move(corner)
			} else {
				path.Line(corner)
			}
		}
		path.Close()
	}
	s.SetColor(i)
	s.Fill(path)
}

// area fills the polygon.
func (s surface) area(i svg.Style, points []point) {
	path := s.path(points)
	if len(path) == 0 {
		return
	}
	path.Close()
	s.SetColor(i)
	s.Fill(path)
}

// text sets a note next to a point, dx and dy user units away.
func (s surface) text(class string, at point, dx, dy vg.Length, align text.XAlignment, str string) {
	p := s.at(at)
	anchor := svg.Start
	switch align {
	case draw.XCenter:
		anchor = svg.Middle
	case draw.XRight:
		anchor = svg.End
	}
	label(s.Canvas, svg.Style{Class: class, Anchor: anchor}, p.X+dx, p.Y+dy, align, draw.YCenter, str)
}

// narrowText is how much larger page.css draws text on a narrow screen than it was
// laid out; what lies near an edge leaves room for that.
const narrowText = 1.15

// width of a note in user units.
func width(str string) vg.Length { return noteStyle.Width(str) }

var noteStyle = text.Style{Font: tickFont, Handler: plot.DefaultTextHandler}

// label sets one line; gonum would break a string at line ends.
func label(c draw.Canvas, i svg.Style, x, y vg.Length, xa text.XAlignment, ya text.YAlignment, str string) {
	style := noteStyle
	style.Color, style.XAlign, style.YAlign = i, xa, ya
	c.FillText(style, vg.Point{X: x, Y: y}, printable(str))
}
