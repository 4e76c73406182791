package isolate

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
)

// The shared memory of an isolate starts with a table that says what lies where.
// The parent writes it once, before the first child; a child believes nothing of
// it that it has not checked.
//
//	0   magic, 8 bytes
//	8   version, 4
//	12  channels, 4
//	16  bytes of memory, 8
//	24  digest of all of the table but itself, 8
//	32  offset of the cells, 8
//	40  bytes of the cells, 8
//	64  one row of 128 bytes for each channel
//
// and a row, name first and padded with zeros:
//
//	0   name, 64
//	64  kind, 4
//	72  digest of the element's type, 8
//	80  bytes of an element, 8
//	88  capacity, 8
//	96  offset, 8
//	104 bytes, 8
//
// All in the byte order of the machine: only one machine ever maps it.
const (
	tableMagic   = 0x0a0d4c4f53494b4d // "MKISOL\r\n" in a dump
	tableVersion = 1
	tableHeader  = 64
	tableRow     = 128
	maxChannels  = 256
	maxNameBytes = 63
	// regionAlign keeps regions, and with them what different sides write, on
	// pairs of cache lines of their own.
	regionAlign = 128
)

// table is a checked table.
type table struct {
	rows         []row
	cells, bytes uint64 // where the cells start, and how much memory there is
}

// row is where one channel lies and what it holds.
type row struct {
	name                string
	kind                channelKind
	element, size       uint64 // the element's type and bytes
	capacity            uint64
	offset, regionBytes uint64
}

var order = binary.NativeEndian

func alignRegion(n uint64) uint64 { return (n + regionAlign - 1) &^ (regionAlign - 1) }

// rowOf is what a declaration says of a channel; where it lies is open.
func rowOf(d *declaration) row {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %v %d", d.element.PkgPath(), d.element, d.element.Size())
	return row{
		name: d.name, kind: d.kind,
		element: h.Sum64(), size: uint64(d.element.Size()), capacity: uint64(d.capacity),
		regionBytes: uint64(d.size),
	}
}

// layOut places the cells and the channels behind the table.
func layOut(declared []*declaration, cellBytes uint64) table {
	t := table{cells: alignRegion(uint64(tableHeader + tableRow*len(declared)))}
	end := alignRegion(t.cells + cellBytes)
	for _, d := range declared {
		r := rowOf(d)
		r.offset = end
		end = alignRegion(end + r.regionBytes)
		t.rows = append(t.rows, r)
	}
	t.bytes = end
	return t
}

// write puts the table at the start of memory.
func (t *table) write(memory []byte, cellBytes uint64) {
	b := memory[:tableHeader+tableRow*len(t.rows)]
	clear(b)
	order.PutUint64(b[0:], tableMagic)
	order.PutUint32(b[8:], tableVersion)
	order.PutUint32(b[12:], uint32(len(t.rows)))
	order.PutUint64(b[16:], uint64(len(memory)))
	order.PutUint64(b[32:], t.cells)
	order.PutUint64(b[40:], cellBytes)
	for i, r := range t.rows {
		w := b[tableHeader+tableRow*i:]
		copy(w[:maxNameBytes], r.name)
		order.PutUint32(w[64:], uint32(r.kind))
		order.PutUint64(w[72:], r.element)
		order.PutUint64(w[80:], r.size)
		order.PutUint64(w[88:], r.capacity)
		order.PutUint64(w[96:], r.offset)
		order.PutUint64(w[104:], r.regionBytes)
	}
	order.PutUint64(b[24:], tableDigest(b))
}

// tableDigest covers the table but for the digest itself.
func tableDigest(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b[:24])
	h.Write(b[32:])
	return h.Sum64()
}

// parseTable reads and checks the table at the start of memory, which is to have
// cells of cellBytes. Whatever it returns without an error lies inside memory,
// and no two parts overlap.
func parseTable(memory []byte, cellBytes uint64) (table, error) {
	wrong := func(what string, have, want any) (table, error) {
		return table{}, fmt.Errorf("isolate: shared memory: %s is %v, want %v; parent and child must be one program", what, have, want)
	}
	if len(memory) < tableHeader {
		return wrong("its size", len(memory), "at least the table's header")
	}
	channels := order.Uint32(memory[12:])
	switch {
	case order.Uint64(memory) != tableMagic:
		return wrong("the magic", fmt.Sprintf("%#x", order.Uint64(memory)), fmt.Sprintf("%#x", uint64(tableMagic)))
	case order.Uint32(memory[8:]) != tableVersion:
		return wrong("the version", order.Uint32(memory[8:]), tableVersion)
	case channels > maxChannels:
		return wrong("the number of channels", channels, fmt.Sprintf("at most %d", maxChannels))
	case order.Uint64(memory[16:]) != uint64(len(memory)):
		return wrong("its size", order.Uint64(memory[16:]), len(memory))
	}
	end := uint64(tableHeader + tableRow*channels)
	if end > uint64(len(memory)) {
		return wrong("the table's end", end, "inside the memory")
	}
	if have, want := order.Uint64(memory[24:]), tableDigest(memory[:end]); have != want {
		return wrong("the digest", fmt.Sprintf("%#x", have), fmt.Sprintf("%#x", want))
	}
	t := table{cells: order.Uint64(memory[32:]), bytes: uint64(len(memory))}
	if have := order.Uint64(memory[40:]); have != cellBytes {
		return wrong("the size of the cells", have, cellBytes)
	}
	if !follows(&end, t.cells, cellBytes, t.bytes) {
		return wrong("the place of the cells", t.cells, "behind the table and inside the memory")
	}
	for i := range int(channels) {
		r := readRow(memory[tableHeader+tableRow*i:])
		if r.kind == 0 || r.kind >= channelKinds {
			return wrong(fmt.Sprintf("the kind of channel %d", i), uint32(r.kind), "one that exists")
		}
		if !follows(&end, r.offset, r.regionBytes, t.bytes) {
			return wrong(fmt.Sprintf("the place of channel %q", r.name), r.offset, "behind the one before and inside the memory")
		}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

func readRow(b []byte) row {
	name, _, _ := bytes.Cut(b[:maxNameBytes+1], []byte{0})
	return row{
		name: string(name), kind: channelKind(order.Uint32(b[64:])),
		element: order.Uint64(b[72:]), size: order.Uint64(b[80:]), capacity: order.Uint64(b[88:]),
		offset: order.Uint64(b[96:]), regionBytes: order.Uint64(b[104:]),
	}
}

// follows says whether a part is aligned, starts at end or later and ends before
// limit, and moves end behind it.
func follows(end *uint64, offset, size, limit uint64) bool {
	if offset%regionAlign != 0 || offset < *end || offset > limit || size > limit-offset {
		return false
	}
	*end = offset + size
	return true
}

// find is the row of a declared channel. A *ConfigError says that the isolate
// has none, or another of that name.
func (t *table) find(d *declaration) (row, error) {
	want := rowOf(d)
	for _, r := range t.rows {
		if r.name != d.name {
			continue
		}
		want.offset = r.offset
		if r != want {
			return row{}, configError("Config.Channels", d.String(),
				fmt.Sprintf("the isolate's %v %q has elements of %d bytes and capacity %d, this one %d and %d", r.kind, r.name, r.size, r.capacity, want.size, want.capacity),
				"declare the channel once, at package level, with constants")
		}
		return r, nil
	}
	return row{}, configError("Config.Channels", d.String(), "is not among the isolate's channels", "list it where the isolate is started")
}
