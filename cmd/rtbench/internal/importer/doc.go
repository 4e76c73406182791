// Package importer reads latencies from the files that other programs write:
// cyclictest, rtla timerlat, jitterdebugger, HdrHistogram, criterion, `go test
// -bench`, and tables of numbers.
//
// A format is one file of this package and one entry in formats. The result names
// what the format has lost: histograms have no order and a limited resolution, and
// may have counted samples beyond their end without keeping them.
package importer
