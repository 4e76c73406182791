package trace

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
)

// Names are the words that a trace's events carry as numbers. Declare them
// before the first [Create] or [Attach], from one goroutine, usually as package
// variables:
//
//	var (
//		names trace.Names
//		step  = names.Label("step")
//		queue = names.Counter("queue length", trace.Count)
//	)
type Names struct {
	labels   []string
	counters []counter
}

// Label is the name of a span or an instant.
type Label uint16

// Counter is a named value that changes over time.
type Counter uint16

type counter struct {
	name string
	unit Unit
}

// Unit is what a [Counter] counts.
type Unit uint8

// The units that a viewer knows how to print. Their values are Perfetto's.
const (
	Unitless Unit = iota
	Nanoseconds
	Count
	Bytes
)

// maxNames bounds labels and counters alike: a number must fit its type.
const maxNames = 1 << 16

// Label declares the name of a span or an instant. The same name is the same
// Label.
func (n *Names) Label(name string) Label {
	if i := slices.Index(n.labels, name); i >= 0 {
		return Label(i)
	}
	n.labels = append(n.labels, name)
	return Label(len(n.labels) - 1)
}

// Counter declares a counter. Each [Tracer] has its own value of it. The same
// name and unit are the same Counter.
func (n *Names) Counter(name string, unit Unit) Counter {
	c := counter{name, unit}
	if i := slices.Index(n.counters, c); i >= 0 {
		return Counter(i)
	}
	n.counters = append(n.counters, c)
	return Counter(len(n.counters) - 1)
}

// digest tells two vocabularies apart.
func (n *Names) digest() uint64 {
	var text []byte
	for _, name := range n.labels {
		text = append(binary.AppendUvarint(text, uint64(len(name))), name...)
	}
	text = binary.AppendUvarint(text, uint64(len(n.labels)))
	for _, c := range n.counters {
		text = append(binary.AppendUvarint(text, uint64(len(c.name))), c.name...)
		text = append(text, byte(c.unit))
	}
	h := fnv.New64a()
	h.Write(text) // a hash never fails
	return h.Sum64()
}
