// Package exporter writes the samples of a run in the formats of other programs. A
// format is one entry in formats and one function.
package exporter
