package machinecode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// pclntab reads the table that the runtime finds functions, source lines and inlined
// calls with. Its layout has been the same since Go 1.20.
type pclntab struct {
	header                      []byte // from the first byte of the table on
	names, units, files, deltas []byte
	funcs                       []byte
	count                       int // of functions
	quantum                     uint64
	text                        uint64 // address that entries are relative to
	inlineTrees                 []byte // what offsets of inline trees are relative to; nil: unknown
}

const (
	pclntabMagic = 0xfffffff1 // Go 1.20 and later
	noOffset     = ^uint32(0)

	funcSize        = 44 // the fixed part of a function's record
	inlineIndex     = 2  // number of the pc table of inlined calls
	inlineTree      = 3  // number of the data of inlined calls
	inlineEntry     = 16
	flagAssembly    = 1 << 2
	maxInlined      = 1000 // calls in each other
	maxFunctionSize = 1 << 28
)

var errPclntab = errors.New("has a damaged or truncated .gopclntab section")

// newPclntab reads the header of the table.
func newPclntab(table []byte, text uint64) (*pclntab, error) {
	const header = 8 + 8*wordSize
	if len(table) < header {
		return nil, errPclntab
	}
	if magic := binary.LittleEndian.Uint32(table); magic != pclntabMagic {
		return nil, fmt.Errorf("has a function table of kind %#x: it is damaged, or Go before 1.20 built it", magic)
	}
	if table[7] != wordSize || table[6] == 0 {
		return nil, errPclntab
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(table[8+i*wordSize:]) }
	t := &pclntab{header: table, text: text, quantum: uint64(table[6])}
	var ok [5]bool
	t.names, ok[0] = after(table, word(3))
	t.units, ok[1] = after(table, word(4))
	t.files, ok[2] = after(table, word(5))
	t.deltas, ok[3] = after(table, word(6))
	t.funcs, ok[4] = after(table, word(7))
	if count := word(0); ok != [5]bool{true, true, true, true, true} || count == 0 || count > uint64(len(t.funcs))/8-1 {
		return nil, errPclntab
	} else {
		t.count = int(count)
	}
	return t, nil
}

func after(b []byte, offset uint64) ([]byte, bool) {
	if offset > uint64(len(b)) {
		return nil, false
	}
	return b[offset:], true
}

// record is what the table says of a function.
type record struct {
	entry, end uint64 // offsets from the beginning of the text
	name       string
	data       []byte // fixed part and what follows it
}

// record is that of function i.
func (t *pclntab) record(i int) (record, error) {
	entry := binary.LittleEndian.Uint32(t.funcs[i*8:])
	offset := binary.LittleEndian.Uint32(t.funcs[i*8+4:])
	end := binary.LittleEndian.Uint32(t.funcs[i*8+8:])
	data, ok := after(t.funcs, uint64(offset))
	if !ok || len(data) < funcSize || end < entry || end-entry > maxFunctionSize || binary.LittleEndian.Uint32(data) != entry {
		return record{}, errPclntab
	}
	name, ok := text(t.names, binary.LittleEndian.Uint32(data[4:]))
	if !ok {
		return record{}, errPclntab
	}
	return record{entry: uint64(entry), end: uint64(end), name: name, data: data}, nil
}

// text is the string at offset, which a zero byte ends.
func text(b []byte, offset uint32) (string, bool) {
	b, ok := after(b, uint64(offset))
	if !ok {
		return "", false
	}
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return "", false
	}
	return string(b[:end]), true
}

func (r record) field(at int) uint32 { return binary.LittleEndian.Uint32(r.data[at:]) }
func (r record) deferReturn() uint32 { return r.field(12) }
func (r record) assembly() bool      { return r.data[41]&flagAssembly != 0 }

// table is the offset of pc table i, 0 if the function has none.
func (r record) table(i int) uint32 {
	count := r.field(28)
	if uint32(i) >= count || funcSize+4*(i+1) > len(r.data) {
		return 0
	}
	return r.field(funcSize + 4*i)
}

// dataOffset is the offset of function data i, noOffset if the function has none.
func (r record) dataOffset(i int) uint32 {
	tables, count := uint64(r.field(28)), uint64(r.data[43])
	at := uint64(funcSize) + 4*(tables+uint64(i))
	if uint64(i) >= count || at+4 > uint64(len(r.data)) {
		return noOffset
	}
	return r.field(int(at))
}

// value is what a pc table says at an offset from the function's entry, -1 if
// nothing.
func (t *pclntab) value(table uint32, offset uint64) int32 {
	deltas, ok := after(t.deltas, uint64(table))
	if table == 0 || !ok {
		return -1
	}
	value, pc := int32(-1), uint64(0)
	for first := true; ; first = false {
		change, n := binary.Uvarint(deltas)
		if n <= 0 || change == 0 && !first {
			return -1
		}
		deltas = deltas[n:]
		distance, n := binary.Uvarint(deltas)
		if n <= 0 {
			return -1
		}
		deltas = deltas[n:]
		value += int32(change>>1) ^ -int32(change&1)
		pc += distance * t.quantum
		if offset < pc {
			return value
		}
	}
}

// file is the source file at an offset in a function, "" if unknown.
func (t *pclntab) file(r record, offset uint64) string {
	number := t.value(r.field(20), offset)
	if number < 0 {
		return ""
	}
	at := (uint64(r.field(32)) + uint64(number)) * 4
	unit, ok := after(t.units, at)
	if !ok || len(unit) < 4 {
		return ""
	}
	name, _ := text(t.files, binary.LittleEndian.Uint32(unit))
	return name
}

// frames are the calls at an offset in a function, the innermost inlined one first.
func (t *pclntab) frames(r record, offset uint64) []Frame {
	var frames []Frame
	for range maxInlined {
		f := Frame{Func: r.name, File: t.file(r, offset), Line: int(t.value(r.field(24), offset))}
		index := t.value(r.table(inlineIndex), offset)
		tree := r.dataOffset(inlineTree)
		if index < 0 || tree == noOffset {
			return append(frames, f)
		}
		entry, ok := after(t.inlineTrees, uint64(tree)+inlineEntry*uint64(index))
		if !ok || len(entry) < inlineEntry {
			return append(frames, f)
		}
		if f.Func, ok = text(t.names, binary.LittleEndian.Uint32(entry[4:])); !ok {
			f.Func = ""
		}
		frames = append(frames, f)
		parent := uint64(binary.LittleEndian.Uint32(entry[8:]))
		if parent == offset {
			return frames
		}
		offset = parent
	}
	return frames
}
