package report

import (
	"fmt"
	"html/template"
	"slices"

	"gonum.org/v1/plot"

	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/rt/record"
)

const (
	histogramCaption = `All samples; bins of equal ratio, counts on a log axis. Hairlines: quantiles.`
	qqCaption        = `On the line, the fit describes the tail; points above it are later than the fit predicts.`
	clustersCaption  = ` Large samples come in clusters: the fit is to the largest of each, %s of %s exceedances.`
)

// survivalCaption explains the signs that this benchmark's curve has.
func survivalCaption(b bench, t *tail) template.HTML {
	caption := key("data", "samples; the dot is the largest, an observation")
	if b.Analysis != nil && b.Analysis.WorstProcess {
		caption += key("process", "each process; fit and limits are the worst one’s")
	}
	if t != nil {
		caption += key("fit", "fitted tail")
	}
	if t != nil && len(b.tailBounds()) > 0 {
		caption += key("band", "up to its upper limit, outlined where not supported")
	}
	if b.hasQuantileLimits() {
		caption += key("whisker", "quantile to its order-statistic limit")
	}
	if len(limitLines(b.Evaluation)) > 0 {
		caption += key("budget", "budget: the curve must pass left of its corner")
	}
	return caption
}

// timelineCaption explains the marks that this benchmark's time line has.
func timelineCaption(b bench) template.HTML {
	caption := key("range", "least to largest of a column") + key("median", "median")
	seen := map[string]bool{}
	for _, o := range b.outliers(markedOutliers) {
		seen[outlierClass(o.Cause)] = true
	}
	for _, mark := range []struct{ class, words string }{
		{"stolen", "◆ time stolen by the host"}, {"caused", "● another known cause"}, {"unexplained", "○ no readable cause"},
	} {
		if seen[mark.class] {
			caption += template.HTML(`<span class="keyed">` + mark.words + `</span> `)
		}
	}
	if slices.ContainsFunc(b.processes, func(p record.Series) bool { return len(b.run.stolen(&p)) > 0 }) {
		caption += key("stealing", "CPU time the host took meanwhile; the full height is all of it")
	}
	if len(b.processes) > 1 {
		caption += `<span class="keyed">│ a fresh process</span>`
	}
	return caption
}

// key is one entry of a legend; its swatch is drawn by the style sheet. Both
// arguments are constants of this package.
func key(class, words string) template.HTML {
	return template.HTML(`<span class="keyed"><i class="key ` + class + `"></i>` + words + `</span> `)
}

// panels draws a benchmark's four figures and says what they leave out.
func panels(b bench) (figures []panel, notes []string) {
	if !b.drawable() {
		return nil, nil
	}
	if b.positive > 0 {
		notes = append(notes, fmt.Sprintf("%s at or below zero lie off the log axes.", plural(b.positive, "sample")))
	}
	alt := func(what string) string { return what + " of " + b.Name }
	t := newTail(b.sample, b.Analysis)
	figures = []panel{
		{"Distribution", histogramFigure(b).svg(alt("Histogram")), histogramCaption, ""},
		{"Exceedance", survivalFigure(b, t).svg(alt("Exceedance curve")), survivalCaption(b, t), ""},
	}
	qq := panel{Title: "Tail against its fit", Caption: qqCaption}
	if t != nil {
		if len(t.fitted) < t.exceedances {
			qq.Caption += template.HTML(fmt.Sprintf(clustersCaption, count(len(t.fitted)), count(t.exceedances)))
		}
		qq.SVG = qqFigure(t, b.Unit).svg(alt("Quantile–quantile plot of the tail"))
	} else {
		qq.Missing, qq.Caption = "No tail was fitted to these samples. The bounds under Evidence say why.", ""
	}
	return append(figures, qq,
		panel{"Time line", timelineFigure(b).svg(alt("Time line")), timelineCaption(b), ""}), notes
}

const (
	returnLevelCaption = `<span class="keyed"><i class="key fit"></i>fitted tail</span> <span class="keyed"><i class="key band"></i>between its lower and upper limit</span> Dots: the samples that it was fitted to.`
	meanExcessCaption  = `Of a generalised Pareto tail the line is straight, of an exponential one level. Band: 95 % of a mean; hairline: the chosen threshold.`
	stabilityCaption   = `With its 95 % interval. From a good threshold on, the shape stays within its error; the large dot is the chosen one.`
	lagCaption         = `Some samples, and all of the largest, over the one before. Independent samples show no pattern along the diagonal.`
	correlationCaption = `Dotted: 95 %% of independent samples lie within. Of %s samples.`
)

// diagnostics are the figures that show whether a fit may be relied on: those of the
// tail and those of dependence.
func diagnostics(b bench) (figures []panel) {
	if !b.drawable() {
		return nil
	}
	add := func(title, alt string, f *figure, caption, missing string) {
		p := panel{Title: title, Caption: template.HTML(caption), Missing: missing}
		if f != nil {
			p.SVG, p.Missing = f.svg(alt+" of "+b.Name), ""
		} else {
			p.Caption = ""
		}
		figures = append(figures, p)
	}
	t := newTail(b.sample, b.Analysis)
	var levels *figure
	if t != nil && len(b.Analysis.TailQuantiles) > 1 {
		levels = returnLevelFigure(b, t)
	}
	add("Return levels", "Return levels", levels, returnLevelCaption, "No tail was fitted to these samples.")
	add("Mean residual life", "Mean excess", meanExcessFigure(b, t), meanExcessCaption, "Too few distinct samples lie in the tail.")
	add("Shape stability", "Shape over the threshold", stabilityFigure(b), stabilityCaption, "No thresholds were compared.")
	add("Lag plot", "Lag plot", lagFigure(b), lagCaption, "No sample has a neighbour that a log axis can show.")
	correlation, used := autocorrelationFigure(b)
	add("Autocorrelation", "Autocorrelation", correlation, fmt.Sprintf(correlationCaption, count(used)), "All samples are equal.")
	return figures
}

// stealFigure draws the share of CPU time that the host took while the run
// lasted; empty when nothing was sampled.
func stealFigure(entries []record.Interference) template.HTML {
	if len(entries) < 2 {
		return ""
	}
	most := 0.0
	for _, e := range entries {
		most = max(most, e.Steal)
	}
	f := newFigure("CPU time stolen by the host", "time since the run's start")
	f.h = 110
	f.X.Min, f.X.Max, f.X.Tick.Marker = 0, float64(entries[len(entries)-1].At), evenTicks{"ns"}
	f.Y.Min, f.Y.Max, f.Y.Tick.Marker = 0, max(most, 0.01), percentTicks{}
	f.Add(layer(func(s surface) { s.area(svg.Style{Class: "steal"}, stealOutline(entries)) }))
	return f.svg("Share of CPU time stolen by the host over the run")
}

// stealOutline is a step for each entry, which covers the time since the one
// before; of entries that share a pixel the larger decides.
func stealOutline(entries []record.Interference) []point {
	const most = 800
	stride := (len(entries) + most - 1) / most
	points := []point{{0, 0}}
	from := 0.0
	for i := 0; i < len(entries); i += stride {
		group := entries[i:min(i+stride, len(entries))]
		steal := 0.0
		for _, e := range group {
			steal = max(steal, e.Steal)
		}
		to := float64(group[len(group)-1].At)
		points = append(points, point{from, steal}, point{to, steal})
		from = to
	}
	return append(points, point{from, 0})
}

// percentTicks label a linear axis of shares.
type percentTicks struct{}

// Ticks implements plot.Ticker.
func (percentTicks) Ticks(lo, hi float64) []plot.Tick {
	return even(lo, hi, 2, func(v float64) string { return trim(v*100) + " %" })
}
