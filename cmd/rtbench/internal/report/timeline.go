package report

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/rt/record"
)

// columns is the resolution of a time line: one column a user unit, about.
const columns = 380

// column sums up the samples that fall on one column of a time line.
type column struct {
	x                   float64
	least, median, most float64
}

// columnsOf cuts one process's samples, in measuring order, into at most n
// columns beginning at x. Least and most are exact: no extreme is lost. Values
// that are not positive are left to the figure's note.
func columnsOf(samples []int64, from, step float64, n int) (out []column) {
	size := max(1, (len(samples)+n-1)/n)
	buffer := make([]int64, 0, size)
	for i := 0; i < len(samples); i += size {
		part := samples[i:min(i+size, len(samples))]
		buffer = buffer[:0]
		for _, v := range part {
			if v > 0 {
				buffer = append(buffer, v)
			}
		}
		if len(buffer) == 0 {
			continue
		}
		slices.Sort(buffer)
		out = append(out, column{
			x:      from + (float64(i)+float64(len(part)-1)/2)*step,
			least:  float64(buffer[0]),
			median: float64(buffer[len(buffer)/2]),
			most:   float64(buffer[len(buffer)-1]),
		})
	}
	return out
}

// timelineFigure draws samples in the order in which they were measured, one process
// after the other. The processes of one benchmark were interleaved with other
// benchmarks, so the axis is measuring time of this one, not the clock's.
func timelineFigure(b bench) *figure {
	s := b.sample
	step, axis := 1.0, "sample number"
	var ticks plot.Ticker = evenTicks{}
	if period := s.period(); period > 0 {
		step, axis, ticks = period, "measuring time", evenTicks{"ns"}
	}
	marked := b.outliers(markedOutliers)
	f := newFigure("latency in measuring order", axis)
	end := float64(len(s.sorted)) * step
	f.X.Min, f.X.Max, f.X.Tick.Marker = 0, end, ticks
	f.logY(s.least()*0.9, s.most()*1.25, latencyTicks{b.Unit})

	from := 0.0
	for i := range s.processes {
		p := &s.processes[i]
		share := float64(len(p.Samples)) / float64(len(s.sorted))
		cols := columnsOf(p.Samples, from, step, max(1, int(share*columns)))
		start, last := from, i == len(s.processes)-1
		f.Add(layer(func(c surface) {
			drawSteal(c, f, b.run.stolen(p), start, float64(len(p.Samples))*step)
			drawProcess(c, f.Y.Max, p, cols, start, step)
			drawOutliers(c, p, marked, start, step)
		}))
		from += float64(len(p.Samples)) * step
		if stop := from; !last {
			f.Add(layer(func(c surface) {
				c.line(svg.Style{Class: "boundary"}, point{stop, f.Y.Min}, point{stop, f.Y.Max})
			}))
		}
	}
	return f
}

// lostPeriods is the share of periods without a sample from which a sample's
// number no longer tells its time.
const lostPeriods = 0.01

// period is the common period of all processes in ns; 0 without one, or where
// too many periods have no sample.
func (s *sample) period() float64 {
	period := s.processes[0].Period
	for i := range s.processes {
		p := &s.processes[i]
		n := float64(len(p.Samples))
		if p.Period != period || p.Counters["periods"]-n > lostPeriods*n {
			return 0
		}
	}
	return float64(period)
}

// drawSteal fills the foot of a process's part with what the host took meanwhile:
// the full height is all CPU time.
func drawSteal(c surface, f *figure, stretches []stolen, from, length float64) {
	lo, hi := c.y(f.Y.Min), c.y(f.Y.Max)
	for _, s := range stretches {
		left, right := c.x(from+s.from*length), c.x(from+s.to*length)
		top := lo + (hi-lo)*vg.Length(math.Min(1, s.steal))
		c.SetColor(svg.Style{Class: "steal along"})
		c.Fill(vg.Path{
			{Type: vg.MoveComp, Pos: vg.Point{X: left, Y: lo}}, {Type: vg.LineComp, Pos: vg.Point{X: left, Y: top}},
			{Type: vg.LineComp, Pos: vg.Point{X: right, Y: top}}, {Type: vg.LineComp, Pos: vg.Point{X: right, Y: lo}},
			{Type: vg.CloseComp},
		})
	}
}

func drawProcess(c surface, top float64, p *record.Series, cols []column, from, step float64) {
	var ranges, medians []point
	for _, col := range cols {
		ranges = append(ranges, point{col.x, col.least}, point{col.x, col.most})
		medians = append(medians, point{col.x, col.median})
	}
	c.segments(svg.Style{Class: "range"}, ranges)
	c.line(svg.Style{Class: "median"}, medians...)
	name := "p" + strconv.Itoa(p.Process)
	if c.x(from+float64(len(p.Samples))*step)-c.x(from) > width(name)+4 {
		c.text("note", point{from, top}, 2, 6, draw.XLeft, name)
	}
}

// markedOutliers is how many of the largest samples a time line marks: more
// would hide what they stand out from.
const markedOutliers = 24

// drawOutliers marks those of the largest samples that p measured, by cause,
// told apart by shape as well as by colour.
func drawOutliers(c surface, p *record.Series, marked []outlier, from, step float64) {
	byClass := map[string][]point{}
	for _, o := range marked {
		if !o.known || o.process != p.Process || o.Value <= 0 {
			continue
		}
		at := point{from + math.Min(float64(o.Index), float64(len(p.Samples)))*step, float64(o.Value)}
		class := outlierClass(o.Cause)
		byClass[class] = append(byClass[class], at)
	}
	for _, g := range []struct {
		class   string
		corners int
		radius  vg.Length
	}{{"unexplained", 12, 3}, {"caused", 12, 3}, {"stolen", 4, 4}} {
		c.glyph(svg.Style{Class: g.class}, g.corners, g.radius, byClass[g.class])
	}
}

// outlierClass sorts causes into what a reader can act on: time the host took,
// another cause that was seen, nothing readable.
func outlierClass(c record.Cause) string {
	switch {
	case c&record.Steal != 0:
		return "stolen"
	case c != record.Unattributed:
		return "caused"
	default:
		return "unexplained"
	}
}
