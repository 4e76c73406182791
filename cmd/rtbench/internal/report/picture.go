package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/template"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/wcet"
)

// ErrNoPicture says that the certificate holds none of the loops that the
// picture compares, or none of their samples.
var ErrNoPicture = errors.New("report: no picture: none of loop/wake-1ms-busy, c/wake-1ms and today/ticker-1ms-busy was measured; measure them in one run")

// compared are the loops of the picture in the order of its legend. The label
// says which load they ran under, because it differs; %s is the mode that the loop
// was granted.
var compared = []struct{ name, label string }{
	{"loop/wake-1ms-busy", "memkit%s loop, under a load"},
	{"c/wake-1ms", "C thread, idle machine"},
	{"today/ticker-1ms-busy", "Go ticker, under that load"},
}

// The picture's size and layout in user units.
const (
	pictureWidth  = 720
	pictureHeight = 400
	legendRow     = 16
	legendTop     = 44
)

// Picture writes one self-contained SVG that compares the strict loop, its
// C reference and a plain ticker by their exceedance curves, with the conditions they
// were measured under. It follows the reader's light or dark scheme. The
// samples come from the certificate's populations.
func Picture(w io.Writer, c *certificate.Certificate) error {
	var curves []curve
	for i, want := range compared {
		for k := range c.Benches {
			b := newBench(&c.Benches[k], nil)
			if b.Name == want.name && b.drawable() {
				curves = append(curves, curve{b, strings.Replace(want.label, "%s", mode(b.Analysis), 1), svg.Style{Class: fmt.Sprintf("curve%d", i)}})
			}
		}
	}
	if len(curves) == 0 {
		return ErrNoPicture
	}
	const title = "Wake-up latency of a 1 ms loop; load: four busy goroutines and a garbage-maker in the same process"
	canvas := svg.New(pictureWidth, pictureHeight)
	drawPicture(draw.New(canvas), title, curves, pictureConditions(c))
	return pictureTemplate.Execute(w, pictureView{pictureWidth, pictureHeight, title, figureStyle, string(fragment(canvas))})
}

// mode reads the granted mode off the facts: " strict".
func mode(a *wcet.Analysis) string {
	if a == nil {
		return ""
	}
	for _, name := range []string{"portable", "cooperative", "strict"} { // the least of what processes got
		if a.Facts["mode_"+name] > 0 {
			return " " + name
		}
	}
	return ""
}

// curve is one benchmark of the picture.
type curve struct {
	bench
	label string
	style svg.Style
}

type pictureView struct {
	W, H               int
	Title, Style, Body string
}

// pictureTemplate is SVG, which html/template does not know; its parts are
// constants but for the body, where the canvas has escaped every text.
var pictureTemplate = template.Must(template.New("picture").Parse(
	`<svg xmlns="http://www.w3.org/2000/svg" class="fig" width="{{.W}}" height="{{.H}}" viewBox="0 0 {{.W}} {{.H}}" role="img">
<title>{{.Title}}</title>
<style>{{.Style}}</style>
<rect class="paper" width="{{.W}}" height="{{.H}}"/>
{{.Body}}</svg>
`))

func drawPicture(c draw.Canvas, title string, curves []curve, conditions []string) {
	c = draw.Crop(c, 16, -16, 12, -12)
	label(c, svg.Style{Class: "title"}, c.Min.X, c.Max.Y, draw.XLeft, draw.YTop, title)
	drawLegend(c, curves)
	top := vg.Length(legendTop + legendRow*len(curves) + 14)
	bottom := vg.Length(14*len(conditions) + 6)

	f := newFigure("", "latency: from the intended to the actual start of a period")
	least, most, n := math.Inf(1), 0.0, 0
	for _, curve := range curves {
		least, most, n = math.Min(least, curve.least()), math.Max(most, curve.most()), max(n, len(curve.sorted))
		f.Add(layer(func(s surface) {
			seen := exceedance(curve.sorted)
			s.line(curve.style, staircase(seen)...)
			s.dots(svg.Style{Class: curve.style.Class + " end"}, seen[len(seen)-1:])
		}))
	}
	f.logX(least*0.97, most*1.1, latencyTicks{curves[0].Unit})
	f.logY(0.7/float64(n), 1, shareTicks{})
	label(c, svg.Style{Class: "label"}, c.Min.X, c.Max.Y-top+6, draw.XLeft, draw.YBottom, "share of samples at or beyond")
	f.drawIn(draw.Crop(c, margin, -margin, bottom, -top))
	for i, line := range conditions {
		y := c.Min.Y + vg.Length(14*(len(conditions)-1-i))
		label(c, svg.Style{Class: "note"}, c.Min.X, y, draw.XLeft, draw.YBottom, line)
	}
}

// drawLegend is a small table: what each line is, and its quantiles.
func drawLegend(c draw.Canvas, curves []curve) {
	columns := []string{"p50", "p99", "p99.9", "largest seen", "samples", "periods lost"}
	left := func(i int) vg.Length { return c.Max.X - 82*vg.Length(len(columns)-1-i) }
	y := c.Max.Y - legendTop + legendRow
	for i, name := range columns {
		label(c, svg.Style{Class: "tick", Anchor: svg.End}, left(i), y, draw.XRight, draw.YCenter, name)
	}
	for _, curve := range curves {
		y -= legendRow
		c.SetColor(curve.style)
		c.SetLineWidth(1)
		c.Stroke(vg.Path{{Type: vg.MoveComp, Pos: vg.Point{X: c.Min.X, Y: y}}, {Type: vg.LineComp, Pos: vg.Point{X: c.Min.X + 28, Y: y}}})
		label(c, svg.Style{Class: "label"}, c.Min.X+36, y, draw.XLeft, draw.YCenter, curve.label)
		cells := []string{
			quantity(at(curve.Analysis, 0.5, estimate), curve.Unit, nearest),
			quantity(at(curve.Analysis, 0.99, estimate), curve.Unit, nearest),
			quantity(at(curve.Analysis, 0.999, estimate), curve.Unit, nearest),
			quantity(curve.most(), curve.Unit, upward),
			count(len(curve.sorted)),
			lost(curve.Analysis),
		}
		for i, cell := range cells {
			label(c, svg.Style{Class: "label", Anchor: svg.End}, left(i), y, draw.XRight, draw.YCenter, cell)
		}
	}
}

// lost is the share of periods in which the loop did not run at all, which a
// curve of the latencies of those in which it did cannot show.
func lost(a *wcet.Analysis) string {
	if a == nil || !(a.Counters["periods"] > 0) {
		return dash
	}
	share := 100 * a.Counters["skipped"] / a.Counters["periods"]
	return strconv.FormatFloat(share, 'g', 2, 64) + " %"
}

// pictureConditions are the lines under the picture.
func pictureConditions(c *certificate.Certificate) (lines []string) {
	var parts []string
	for _, t := range conditions(c, nil) {
		if t.Name != "Samples" {
			parts = append(parts, t.Name+" "+t.Value)
		}
	}
	const room = pictureWidth - 40
	line := ""
	for word := range strings.FieldsSeq(strings.Join(parts, " · ")) {
		if line != "" && width(line+" "+word) > room {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
