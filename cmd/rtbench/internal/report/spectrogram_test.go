package report

import (
	"math"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// TestSpectrogram: a tone is in the row of its frequency, and silence is nowhere.
func TestSpectrogram(t *testing.T) {
	testenv.SkipInRaceRun(t)
	const rate, hz = 48000, 1000
	samples := make([]float32, rate)
	for i := range samples[:rate/2] {
		samples[i] = float32(math.Sin(2 * math.Pi * hz * float64(i) / rate))
	}
	shades := shadesOf(samples, rate)
	for r, shade := range shades[10] {
		near := edge(r+1) > hz*0.97 && edge(r) < hz*1.03
		if shade == spectrumLevels && !near {
			t.Errorf("row %.0f to %.0f Hz is the loudest while %d Hz sounds", edge(r), edge(r+1), hz)
		}
		if edge(r) <= hz && hz < edge(r+1) && shade != spectrumLevels {
			t.Errorf("row %.0f to %.0f Hz: shade %d while %d Hz sounds", edge(r), edge(r+1), shade, hz)
		}
	}
	for r, shade := range shades[spectrumColumns-10] {
		if shade != 0 {
			t.Errorf("row %d: shade %d in silence", r, shade)
		}
	}
	svg := string(Spectrogram("Heard", "A tone.", samples, rate).figure.svg("alt"))
	if !strings.Contains(svg, `class="shade shade8"`) || len(svg) > 200_000 {
		t.Errorf("%d bytes of SVG", len(svg))
	}
	if short := shadesOf(samples[:100], rate); short != [spectrumColumns][spectrumRows]int{} {
		t.Error("a sound shorter than a transform has shades")
	}
}
