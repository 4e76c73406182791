package report

import (
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/dsp/window"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"github.com/memkit-go/memkit/internal/svg"
)

// Supplement is a figure of its own after the summary, or recordings before it.
type Supplement struct {
	Title, Caption string
	figure         *figure
	alt            string
	recordings     []Recording
}

const (
	// spectrumFrames resolve 12 Hz at 48 kHz, in 85 ms.
	spectrumFrames = 4096
	// The picture: columns of time and rows of equal ratio.
	spectrumColumns, spectrumRows = 160, 64
	lowestHz, highestHz           = 50, 12800
	// spectrumLevels are the shades of loudness, each levelDB below the next.
	spectrumLevels, levelDB = 8, 9
)

// Spectrogram shows which frequencies sound when.
func Spectrogram(title, caption string, samples []float32, rate float64) Supplement {
	s := Supplement{Title: title, Caption: caption}
	s.alt = fmt.Sprintf("Spectrogram of %.1f s of sound", float64(len(samples))/rate)
	f := newFigure("frequency", "time")
	seconds := float64(len(samples)) / rate
	f.X.Min, f.X.Max, f.X.Tick.Marker = 0, math.Max(seconds, 1e-3)*1e9, evenTicks{"ns"}
	f.logY(lowestHz, highestHz, plot.ConstantTicks{
		{Value: 100, Label: "100 Hz"}, {Value: 440, Label: "440 Hz"}, {Value: 1000, Label: "1 kHz"}, {Value: 4000, Label: "4 kHz"}, {Value: 10000, Label: "10 kHz"},
	})
	shades := shadesOf(samples, rate)
	f.Add(layer(func(c surface) { drawShades(c, f, shades) }))
	s.figure = f
	return s
}

// shadesOf is the level of each row in each column: 0 is silence.
func shadesOf(samples []float32, rate float64) (shades [spectrumColumns][spectrumRows]int) {
	var loud [spectrumColumns][spectrumRows]float64
	loudest := math.SmallestNonzeroFloat64
	transform := fourier.NewFFT(spectrumFrames)
	part := make([]float64, spectrumFrames)
	for c := range loud {
		if len(samples) < spectrumFrames {
			return shades
		}
		start := c * (len(samples) - spectrumFrames) / (spectrumColumns - 1)
		for i := range part {
			part[i] = float64(samples[start+i])
		}
		coefficients := transform.Coefficients(nil, window.Hann(part))
		for r := range loud[c] {
			loud[c][r] = loudestIn(coefficients, rate, r)
			loudest = max(loudest, loud[c][r])
		}
	}
	for c := range loud {
		for r, v := range loud[c] {
			below := -20 * math.Log10(max(v, math.SmallestNonzeroFloat64)/loudest)
			shades[c][r] = max(0, spectrumLevels-int(below/levelDB))
		}
	}
	return shades
}

// edge is the frequency at the lower edge of a row.
func edge(row int) float64 {
	return lowestHz * math.Pow(highestHz/lowestHz, float64(row)/spectrumRows)
}

// loudestIn is the largest coefficient of a row. A row may be narrower than the
// distance of two coefficients; it then shows the nearest.
func loudestIn(coefficients []complex128, rate float64, row int) (most float64) {
	bin := func(hz float64) int {
		return min(int(math.Round(hz/rate*spectrumFrames)), len(coefficients)-1)
	}
	for i := bin(edge(row)); i <= bin(edge(row+1)); i++ {
		most = max(most, cmplx.Abs(coefficients[i]))
	}
	return most
}

// drawShades draws one path a shade; neighbouring rows of one are one rectangle.
func drawShades(s surface, f *figure, shades [spectrumColumns][spectrumRows]int) {
	width := f.X.Max / spectrumColumns
	for level := 1; level <= spectrumLevels; level++ {
		var path vg.Path
		for c := range shades {
			for r := 0; r < spectrumRows; r++ {
				from := r
				for r < spectrumRows && shades[c][r] == level {
					r++
				}
				if r > from {
					rectangle(&path, s.at(point{float64(c) * width, edge(from)}), s.at(point{float64(c+1) * width, edge(r)}))
				}
			}
		}
		if len(path) > 0 {
			s.SetColor(svg.Style{Class: fmt.Sprintf("shade shade%d", level)})
			s.Fill(path)
		}
	}
}

func rectangle(path *vg.Path, a, b vg.Point) {
	path.Move(a)
	path.Line(vg.Point{X: b.X, Y: a.Y})
	path.Line(b)
	path.Line(vg.Point{X: a.X, Y: b.Y})
	path.Close()
}
