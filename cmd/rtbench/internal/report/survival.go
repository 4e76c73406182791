package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// reach is how far beyond the largest sample a log axis follows a limit: two
// decades tell "far away" as well as ten.
const reach = 100

// limitLine is a latency budget: at most a share p may lie beyond limit.
type limitLine struct {
	p, limit float64
	name     string
	kept     bool
}

// limitLines reads the latency budgets off an evaluation's checks.
func limitLines(e *wcet.Evaluation) (lines []limitLine) {
	if e == nil {
		return nil
	}
	for _, c := range e.Checks {
		p, ok := exceedanceOf(c.Metric)
		if ok && c.Limit > 0 && finite(c.Limit) {
			lines = append(lines, limitLine{p, c.Limit, c.Metric, c.Verdict == wcet.Pass})
		}
	}
	return lines
}

// exceedanceOf is the probability that a metric's name speaks of: "p99.99"
// and "p9999" are 1e-4, "exceedance@1e-06" is 1e-6. Other metrics have none.
func exceedanceOf(metric string) (float64, bool) {
	if s, ok := strings.CutPrefix(metric, "exceedance@"); ok {
		p, err := strconv.ParseFloat(s, 64)
		return p, err == nil && p > 0 && p < 1
	}
	s, ok := strings.CutPrefix(metric, "p")
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v <= 0 {
		return 0, false
	}
	for v >= 100 { // "p999" drops the point of 99.9
		v /= 10
	}
	return math.Round((1-v/100)*1e10) / 1e10, true
}

// survivalFigure draws the share of samples at or beyond each latency: the samples,
// the fitted tail with its limit, and the budgets.
func survivalFigure(b bench, t *tail) *figure {
	s := b.sample
	bounds := b.tailBounds()
	lines := limitLines(b.Evaluation)

	lowest := 0.5 / float64(len(s.sorted))
	right := s.most()
	for _, bound := range bounds {
		lowest = math.Min(lowest, bound.P*0.7)
		right = math.Max(right, math.Min(bound.Upper, s.most()*reach))
	}
	for _, l := range lines {
		lowest = math.Min(lowest, l.p*0.7)
		right = math.Max(right, math.Min(l.limit*1.1, s.most()*reach))
	}
	f := newFigure("share of samples at or beyond", latencyAxis(b.Unit))
	f.logX(s.least()*0.97, right*1.05, latencyTicks{b.Unit})
	f.logY(lowest, 1, shareTicks{})

	f.Add(layer(func(c surface) { drawBand(c, t, bounds, f.X.Max) }))
	if b.Analysis != nil && b.Analysis.WorstProcess {
		f.Add(layer(func(c surface) { drawProcesses(c, s) }))
	}
	seen := exceedance(s.sorted)
	f.Add(layer(func(c surface) { c.line(svg.Style{Class: "data"}, staircase(seen)...) }))
	if t != nil {
		f.Add(layer(func(c surface) { c.line(svg.Style{Class: "fit"}, fitCurve(t, lowest, f.X.Max)...) }))
	}
	f.Add(layer(func(c surface) { drawQuantileLimits(c, b.Analysis) }))
	f.Add(layer(func(c surface) { drawLimits(c, f, lines, b.Unit) }))
	f.Add(layer(func(c surface) { c.dots(svg.Style{Class: "max"}, seen[len(seen)-1:]) }))
	return f
}

// staircase turns points (x, share at or beyond x) into the step function.
func staircase(points []point) (steps []point) {
	for i, p := range points {
		if i > 0 {
			steps = append(steps, point{points[i-1].x, p.y})
		}
		steps = append(steps, p)
	}
	return steps
}

// fitCurve follows the fitted tail from its threshold to the lowest share or
// the right edge.
func fitCurve(t *tail, lowest, right float64) (points []point) {
	const steps = 48
	for i := range steps + 1 {
		p := t.share * math.Pow(lowest/t.share, float64(i)/steps)
		x := t.quantile(p)
		points = append(points, point{x, p})
		if !(x < right) {
			break
		}
	}
	return points
}

// drawBand fills between estimate and upper limit, one shape for each run of
// equally supported bounds; what the hypotheses do not support is faint and has
// dotted edges. It begins at the threshold, where a peaks-over-threshold
// estimate has no error of its own.
func drawBand(c surface, t *tail, bounds []wcet.Bound, right float64) {
	if t != nil && len(bounds) > 0 && bounds[0].P < t.share {
		at := wcet.Bound{P: t.share, Value: t.Threshold, Upper: t.Threshold, Supported: true}
		bounds = append([]wcet.Bound{at}, bounds...)
	}
	for _, run := range bandRuns(bounds) {
		drawBandRun(c, run, right)
	}
	for i, b := range bounds {
		if i > 0 && b.Upper <= right {
			c.segments(svg.Style{Class: "limit"}, []point{{b.Upper, b.P * 0.75}, {b.Upper, b.P * 1.33}})
		}
	}
}

// bandRuns cuts bounds where support begins or ends; neighbouring runs share
// the bound between them. A stretch is supported when both of its ends are.
func bandRuns(bounds []wcet.Bound) (runs [][]wcet.Bound) {
	supported := func(i int) bool { return bounds[i-1].Supported && bounds[i].Supported }
	from := 0
	for i := 1; i < len(bounds); i++ {
		if i+1 == len(bounds) || supported(i+1) != supported(i) {
			runs = append(runs, bounds[from:i+1])
			from = i
		}
	}
	return runs
}

func drawBandRun(c surface, run []wcet.Bound, right float64) {
	if run[0].Value >= right {
		return
	}
	var values, uppers []point
	supported := true
	for _, b := range run {
		values = append(values, point{b.Value, b.P})
		uppers = append(uppers, point{b.Upper, b.P})
		supported = supported && b.Supported
	}
	values, uppers = upTo(values, right), upTo(uppers, right)

	// Where only the limit leaves the figure, the shape has a corner there.
	shape := slices.Clone(values)
	if last := values[len(values)-1]; uppers[len(uppers)-1].y > last.y {
		shape = append(shape, point{right, last.y})
	}
	for _, p := range slices.Backward(uppers) {
		shape = append(shape, p)
	}
	if supported {
		c.area(svg.Style{Class: "band"}, shape)
		return
	}
	c.area(svg.Style{Class: "band unsupported"}, shape)
	c.line(svg.Style{Class: "edge"}, values...)
	c.line(svg.Style{Class: "edge"}, uppers...)
}

// upTo ends a line that runs rightwards where it leaves the figure, both axes
// being logarithmic.
func upTo(points []point, right float64) []point {
	for i, p := range points {
		if p.x <= right {
			continue
		}
		if i == 0 {
			return []point{{right, p.y}}
		}
		from := points[i-1]
		share := math.Log(right/from.x) / math.Log(p.x/from.x)
		return append(slices.Clone(points[:i]), point{right, from.y * math.Pow(p.y/from.y, share)})
	}
	return points
}

// drawProcesses draws each process's own curve, thinly: they differ, or the
// analysis would have pooled them.
func drawProcesses(c surface, s *sample) {
	for i := range s.processes {
		sorted := sortedSamples([]record.Series{s.processes[i]})
		c.line(svg.Style{Class: "process"}, staircase(exceedance(sorted))...)
	}
}

// drawQuantileLimits draws the order-statistic limit of each quantile as a
// whisker from the estimate.
func drawQuantileLimits(c surface, a *wcet.Analysis) {
	if a == nil {
		return
	}
	var strokes []point
	for _, q := range a.Quantiles {
		if limited(q) {
			p := 1 - q.P
			strokes = append(strokes, point{q.Estimate, p}, point{q.Upper, p}, point{q.Upper, p * 0.75}, point{q.Upper, p * 1.33})
		}
	}
	c.segments(svg.Style{Class: "whisker"}, strokes)
}

// limited tells a quantile of the tail that has an upper limit to draw.
func limited(q wcet.Quantile) bool {
	return q.P > 0.5 && finite(q.Estimate) && finite(q.Upper) && q.Upper > 0
}

// drawLimits draws each budget as the vertical line that the curve must stay
// left of, from its share downwards, and names it there.
func drawLimits(c surface, f *figure, lines []limitLine, unit string) {
	slices.SortFunc(lines, func(a, b limitLine) int { return cmp.Compare(b.p, a.p) })
	for _, l := range lines {
		if l.limit > f.X.Max {
			continue
		}
		corner := point{l.limit, l.p}
		c.line(svg.Style{Class: "budget"}, point{l.limit, f.Y.Min}, corner)
		c.line(svg.Style{Class: "budget stop"}, corner, point{f.X.Max, l.p})
		name := l.name + " ≤ " + tickQuantity(l.limit, unit)
		dx, align := placed(c, f, corner, name)
		c.text("budgetname", corner, dx, 6, align, name)
	}
}

// placed sets a name right of a point, or left where it would leave the figure.
func placed(c surface, f *figure, p point, name string) (dx vg.Length, align text.XAlignment) {
	if c.x(p.x)+4+narrowText*width(name) > c.x(f.X.Max)+margin {
		return -4, draw.XRight
	}
	return 4, draw.XLeft
}
