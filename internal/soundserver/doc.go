// Package soundserver is what sound servers of one's own have in common, for tests
// and measurements: what to run, and a process that ends with this one.
package soundserver
