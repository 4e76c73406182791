// Package compare compares loops that were measured in the same rounds: their
// quantiles as ratios, with a confidence limit that knows how much rounds differ,
// and whose fault a tail is. It measures nothing.
package compare
