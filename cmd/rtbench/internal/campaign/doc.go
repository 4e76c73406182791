// Package campaign measures: it starts every benchmark in several fresh
// processes, in rotated and interleaved order, and collects what they measured
// into one [record.Run].
//
// Fresh processes, because memory layout, placement and start-up differ between
// processes and one process is one sample of them. Interleaved, so that a machine
// that warms up or a neighbour that wakes does not fall on one benchmark alone.
// Rotated, so that none is always first.
package campaign
