// Package number writes numbers for readers, such as latencies with the unit that
// fits, and numbers that may be unknown for JSON.
package number
