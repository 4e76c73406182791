// Package compare compares loops that were measured in the same rounds: their
// quantiles as ratios, with a confidence limit that knows how much rounds differ,
// and whether a tail comes from Go, the kernel or the host. It measures nothing.
package compare
