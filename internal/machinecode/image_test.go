package machinecode

import (
	"debug/elf"
	"encoding/binary"
	"testing"
)

// TestRelocate: a word that the loader writes has the value that it writes, whatever
// the file has there.
func TestRelocate(t *testing.T) {
	m := &image{words: map[uint64]uint64{}, segments: []segment{
		{name: ".data.rel.ro", address: 0x100, data: make([]byte, 24), readOnly: true},
		{name: ".data", address: 0x200, data: make([]byte, 16)},
	}}
	entry := func(address uint64, kind elf.R_X86_64, addend uint64) []byte {
		b := binary.LittleEndian.AppendUint64(nil, address)
		b = binary.LittleEndian.AppendUint64(b, uint64(kind))
		return binary.LittleEndian.AppendUint64(b, addend)
	}
	m.relocate(append(entry(0x108, elf.R_X86_64_RELATIVE, 0x1234), entry(0x110, elf.R_X86_64_TPOFF64, 7)...))
	for address, want := range map[uint64]uint64{0x100: 0, 0x108: 0x1234, 0x110: 0} {
		if got, ok := m.constant(address); !ok || got != want {
			t.Errorf("%#x: %#x %v, want %#x", address, got, ok, want)
		}
	}
	for _, address := range []uint64{0x200, 0x111, 0x118, 0x0, ^uint64(0)} {
		if got, ok := m.constant(address); ok {
			t.Errorf("%#x is constant %#x", address, got)
		}
	}
}
