// Package recording keeps the values and events of a rig's run, and writes them as files:
// MCAP for tools and for replays, comma-separated values, and drawings in SVG.
package recording
