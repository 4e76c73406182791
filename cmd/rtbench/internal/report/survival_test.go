package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// The dot of the largest sample sits on the curve, also where several are as large.
func TestLargestSampleLiesOnTheCurve(t *testing.T) {
	samples := append(slices.Repeat([]int64{100}, 95), 200, 200, 200, 200, 200)
	b := newBench(&certificate.Bench{Unit: "ns", Population: wcet.Population{Latency: []record.Series{{Samples: samples}}}}, nil)
	svg := string(survivalFigure(b, nil).svg(""))
	// end is where the path of a class ends.
	end := func(class string) (x, y string) {
		m := regexp.MustCompile(`<path class="` + class + `" d="([^"]*)"`).FindStringSubmatch(svg)
		if m == nil {
			t.Fatalf("no %s in %s", class, svg)
		}
		for _, step := range regexp.MustCompile(`([MLHV])([-0-9.]+) ?([-0-9.]*)`).FindAllStringSubmatch(m[1], -1) {
			switch step[1] {
			case "H":
				x = step[2]
			case "V":
				y = step[2]
			default:
				x, y = step[2], step[3]
			}
		}
		return x, y
	}
	curveX, curveY := end("data")
	if x, y := end("max"); x != curveX || y != curveY {
		t.Errorf("the dot is at %s %s, the curve ends at %s %s", x, y, curveX, curveY)
	}
}

func TestBandRuns(t *testing.T) {
	// Runs of indices: a stretch between two bounds is supported when both are.
	for support, want := range map[string]string{
		"":       "",
		"y":      "",
		"yy":     "0-1",
		"yyy":    "0-2",
		"nnn":    "0-2",
		"yyn":    "0-1 1-2",
		"yynn":   "0-1 1-3",
		"ynyy":   "0-2 2-3",
		"yynyyy": "0-1 1-3 3-5",
	} {
		var bounds []wcet.Bound
		for i, c := range support {
			bounds = append(bounds, wcet.Bound{P: float64(i), Supported: c == 'y'})
		}
		var got []string
		for _, run := range bandRuns(bounds) {
			got = append(got, fmt.Sprintf("%g-%g", run[0].P, run[len(run)-1].P))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", support, got, want)
		}
	}
}

func TestBandEndsAtTheEdge(t *testing.T) {
	line := []point{{10, 1e-2}, {100, 1e-4}, {1000, 1e-6}}
	for right, want := range map[float64][]point{
		2000: line,
		1000: line,
		100:  line[:2],
		5:    {{5, 1e-2}},
	} {
		got := upTo(line, right)
		if right == 100 {
			got = got[:2]
		}
		if !slices.Equal(got, want) {
			t.Errorf("up to %g: %v, want %v", right, got, want)
		}
	}
	if got := upTo(line, 31.6227766); len(got) != 2 || got[1].x != 31.6227766 || got[1].y < 0.99e-3 || got[1].y > 1.01e-3 {
		t.Errorf("cut between two bounds: %v", got)
	}
}

// Labels that would touch name the range of what they stand for; none is lost.
func TestLabelsMerge(t *testing.T) {
	add := func(edge vg.Length, at ...vg.Length) string {
		var labels []markLabel
		for i, x := range at {
			name := "p" + strconv.Itoa(i)
			labels = addLabel(labels, markLabel{name, name, x, x}, edge)
		}
		var texts []string
		for i, l := range labels {
			texts = append(texts, l.text())
			x, half := l.centre(edge)
			if x+half > edge+1e-9 {
				t.Errorf("%s ends at %v beyond %v", l.text(), x+half, edge)
			}
			if i > 0 {
				if before, w := labels[i-1].centre(edge); before+w > x-half {
					t.Errorf("%s touches %s", labels[i-1].text(), l.text())
				}
			}
		}
		return strings.Join(texts, " ")
	}
	for _, c := range []struct {
		at   []vg.Length
		want string
	}{
		{[]vg.Length{10, 100, 200}, "p0 p1 p2"},
		{[]vg.Length{100, 101, 200}, "p0–p1 p2"},
		{[]vg.Length{10, 100, 101, 102}, "p0 p1–p3"},
		{[]vg.Length{100, 120, 110}, "p0–p2"},
		{[]vg.Length{50, 299, 300}, "p0 p1–p2"},
	} {
		if got := add(300, c.at...); got != c.want {
			t.Errorf("%v: %q, want %q", c.at, got, c.want)
		}
	}
}

// Bounds stand in the order of their probabilities, the most frequent first, and
// reasons once for each method.
func TestBoundsAreSorted(t *testing.T) {
	why := []string{"it drifts"}
	s := section{}
	s.addAnalysis(&wcet.Analysis{Bounds: []wcet.Bound{
		{P: 1e-6, Method: "gpd-profile", Reasons: why}, {P: 1e-6, Method: "order-statistic", Supported: true},
		{P: 1e-2, Method: "gpd-profile", Reasons: why}, {P: 1e-2, Method: "order-statistic", Supported: true},
		{P: 1e-4, Method: "gpd-profile", Reasons: []string{"another"}}, {P: 1e-5, Method: "gpd-profile", Reasons: []string{"another"}},
	}}, "ns")
	var got []string
	for _, b := range s.Bounds {
		got = append(got, fmt.Sprintf("%s %s %d %v", b.P, b.Method[:3], len(b.Reasons), b.Again))
	}
	want := "0.01 gpd 1 false|0.01 ord 0 false|10⁻⁴ gpd 1 false|10⁻⁵ gpd 0 true|10⁻⁶ gpd 1 false|10⁻⁶ ord 0 false"
	if text := strings.Join(got, "|"); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// A layout with narrowText fits the text that a narrow screen shows.
func TestNarrowTextIsThatOfThePage(t *testing.T) {
	m := regexp.MustCompile(`\.fig text \{ font-size: ([0-9.]+)px`).FindStringSubmatch(pageStyle)
	size, err := strconv.ParseFloat(m[1], 64)
	if err != nil || size > narrowText*float64(tickFont.Size)+1e-9 {
		t.Errorf("%v px on a narrow screen, laid out for %v (%v)", size, narrowText*float64(tickFont.Size), err)
	}
}
