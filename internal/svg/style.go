package svg

// Style is a colour by name: the SVG class of the shapes drawn with it. The style
// sheet defines its looks (colour, line width, dashes, font).
type Style struct {
	// Class is written as it is; it must be a plain CSS identifier.
	Class string
	// Anchor is the point of a text that stays put when the reader's font is
	// wider or narrower than the one that laid the drawing out.
	Anchor Anchor
}

// RGBA makes Style a color.Color, which is how it travels through gonum. The
// value is opaque black and never seen.
func (Style) RGBA() (r, g, b, a uint32) { return 0, 0, 0, 0xffff }

// Anchor is the SVG text-anchor of a text.
type Anchor int

const (
	Start Anchor = iota
	Middle
	End
)
