package wcet

import "github.com/memkit-go/memkit/rt/record"

// Population is everything measured of one benchmark: one latency series per fresh
// process, and the batch series of the same processes. One process is one sample of
// the population of processes: layout, placement and boot differ between runs.
type Population struct {
	Name string
	Unit string
	// Latency holds one series per process, ordered by process.
	Latency []record.Series
	// Batch holds the throughput series, ordered by process; may be empty.
	Batch []record.Series
}
