// Package importer reads latencies from the files that other programs write:
// cyclictest, rtla timerlat, jitterdebugger, HdrHistogram, criterion, `go test
// -bench`, and tables of numbers.
//
// A format is one file here and one entry in formats. What a format has lost is part
// of what is read: histograms have no order and a resolution, and may have counted
// samples beyond their end without keeping them.
package importer
