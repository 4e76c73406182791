// Package svg draws gonum plots as small SVG fragments that a style sheet
// paints. Where vgsvg writes a colour, a width and a font at every element, a
// [Canvas] writes one class name, so one drawing reads well on light and dark
// paper and costs a third of the bytes.
package svg
