package report

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// Recording is a sound to listen to on the page.
type Recording struct {
	// Title is its name, and Words say what there is to hear.
	Title, Words string
	// File is where it is, relative to the page.
	File string
	// Seconds is its length.
	Seconds float64
	// Gaps are where the sound is interrupted.
	Gaps []Gap
}

// Gap is one stretch of a recording, in seconds from its beginning. An exempt one is
// not counted.
type Gap struct {
	From, Seconds float64
	Exempt        bool
}

// Listen puts recordings to compare before all figures.
func Listen(caption string, recordings ...Recording) Supplement {
	return Supplement{Title: "Listen", Caption: caption, recordings: recordings}
}

// listening is what the template shows of it.
type listening struct {
	Title, Caption string
	Players        []player
}

type player struct {
	Title, Words, File string
	Strip              template.HTML
}

func newListening(s Supplement) *listening {
	l := &listening{Title: s.Title, Caption: s.Caption}
	for _, r := range s.recordings {
		l.Players = append(l.Players, player{r.Title, r.Words, r.File, template.HTML(r.strip())})
	}
	return l
}

// stripWidth is the width of a recording in user units, and thinnest that of the
// thinnest mark.
const stripWidth, thinnest = 1000, 2

// strip draws where the gaps are. Only numbers go into it.
func (r Recording) strip() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="strip" viewBox="0 0 %d 16" preserveAspectRatio="none" role="img"><title>%d gaps in %.1f s</title><rect class="track" width="%d" height="16"/>`,
		stripWidth, len(r.Gaps), r.Seconds, stripWidth)
	for _, g := range r.Gaps {
		class := "gap"
		if g.Exempt {
			class = "gap exempt"
		}
		at := func(seconds float64) float64 { return stripWidth * min(1, seconds/max(r.Seconds, 1e-3)) }
		width := max(thinnest, at(g.Seconds))
		fmt.Fprintf(&b, `<rect class="%s" x="%s" width="%s" height="16"/>`, class, tenths(min(at(g.From), stripWidth-width)), tenths(width))
	}
	b.WriteString("</svg>")
	return b.String()
}

func tenths(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
