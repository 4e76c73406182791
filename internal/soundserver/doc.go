// Package soundserver is what private sound servers have in common, for tests
// and measurements: what to run, and a process that ends with this one.
package soundserver
