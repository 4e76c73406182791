package machinecode

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"
)

// tiny is the image of a program with two functions, f and g. The first has g
// inlined at its second instruction and a jump table.
func tiny() []byte {
	const (
		text   = 0x1000
		rodata = 0x2000
		table  = 0x3000
		module = 0x4000
	)
	words := func(list ...uint64) (b []byte) {
		for _, w := range list {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
		return b
	}
	halves := func(list ...uint32) (b []byte) {
		for _, w := range list {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		return b
	}
	code := []byte{
		0x48, 0x8d, 0x0d, 0xf9, 0x0f, 0, 0, // 1000 f: LEAQ rodata(IP), CX
		0x48, 0x83, 0xfb, 1, // 1007 CMPQ BX, $1
		0x77, 8, // 100b JA 1015
		0xff, 0x24, 0xd9, // 100d JMP (CX)(BX*8)
		0xe8, 0x0b, 0, 0, 0, // 1010 CALL g
		0xc3,                               // 1015 RET
		0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, // padding
		0xcc, 0xcc, 0xcc, 0xcc,
		0xc3, // 1020 g: RET
	}
	names := []byte("f\x00g\x00")
	files := []byte("f.go\x00g.go\x00")
	units := halves(0, 5)
	deltas := []byte{
		0,        // no table is at offset 0
		2, 64, 0, // 1: file 0
		12, 7, 20, 57, 0, // 4: line 5, then line 15
		0, 7, 2, 57, 0, // 9: not inlined, then the first inlined call
	}
	function := func(entry, name uint32) []byte {
		b := halves(entry, name, 0, 0, 0, 1, 4, 3, 0, 1, 0)
		b[43] = 4 // data
		b = append(b, halves(0, 0, 9)...)
		return append(b, halves(noOffset, noOffset, noOffset, 0)...)
	}
	f, g := function(0, 0), function(0x20, 2)
	const index = 5 * 4
	records := halves(0, index, 0x20, index+uint32(len(f)), 0x21)
	records = append(append(records, f...), g...)
	pcln := append([]byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}, make([]byte, 64)...)
	offsets := []uint64{2, 2, 0}
	for _, part := range [][]byte{names, units, files, deltas, records} {
		for len(pcln)%4 != 0 {
			pcln = append(pcln, 0)
		}
		offsets = append(offsets, uint64(len(pcln)))
		pcln = append(pcln, part...)
	}
	copy(pcln[8:], words(offsets...))
	ro := words(text+0x10, text+0x15)
	ro = append(ro, halves(0, 2, 0, 1)...) // the inlined call of g, as if at the first instruction
	data := make([]byte, 400)
	for at, w := range map[int]uint64{0: table, 160: text, 176: text, 320: rodata + 16} {
		copy(data[at:], words(w))
	}
	sections := []struct {
		name    string
		flags   elf.SectionFlag
		address uint64
		data    []byte
	}{
		{".text", elf.SHF_ALLOC | elf.SHF_EXECINSTR, text, code},
		{".rodata", elf.SHF_ALLOC, rodata, ro},
		{".gopclntab", elf.SHF_ALLOC, table, pcln},
		{".go.module", elf.SHF_ALLOC | elf.SHF_WRITE, module, data},
	}
	var body, headers bytes.Buffer
	strings := []byte("\x00")
	const start = 64
	write := func(h elf.Section64) { _ = binary.Write(&headers, binary.LittleEndian, h) }
	write(elf.Section64{})
	for _, s := range sections {
		write(elf.Section64{
			Name: uint32(len(strings)), Type: uint32(elf.SHT_PROGBITS), Flags: uint64(s.flags), Addr: s.address,
			Off: uint64(start + body.Len()), Size: uint64(len(s.data)), Addralign: 1,
		})
		strings = append(append(strings, s.name...), 0)
		body.Write(s.data)
	}
	write(elf.Section64{
		Name: uint32(len(strings)), Type: uint32(elf.SHT_STRTAB), Off: uint64(start + body.Len()), Size: uint64(len(strings) + 10), Addralign: 1,
	})
	strings = append(strings, ".shstrtab\x00"...)
	body.Write(strings)
	var out bytes.Buffer
	_ = binary.Write(&out, binary.LittleEndian, elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1,
		Shoff: uint64(start + body.Len()), Ehsize: 64, Shentsize: 64, Shnum: uint16(len(sections) + 2), Shstrndx: uint16(len(sections) + 1),
	})
	out.Write(body.Bytes())
	out.Write(headers.Bytes())
	return out.Bytes()
}

func TestTiny(t *testing.T) {
	b, err := Read("tiny", tiny())
	if err != nil {
		t.Fatal(err)
	}
	if !b.Stripped() || len(b.Symbols()) != 2 {
		t.Fatalf("%+v", b.Symbols())
	}
	f, _ := b.Lookup("f")
	frames := b.Frames(f.Entry + 8)
	if len(frames) != 2 || frames[0].Func != "g" || frames[1] != (Frame{"f", "f.go", 5}) || frames[0].Line != 15 {
		t.Errorf("frames %+v", frames)
	}
	g, err := b.Graph(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Blocks) != 4 || len(g.Blocks[1].Succs) != 2 || g.Blocks[1].Open || len(g.Undecoded) != 0 {
		t.Errorf("blocks %+v", g.Blocks)
	}
	if c := g.Blocks[2].Calls; len(c) != 1 || c[0].Targets[0].Name != "g" {
		t.Errorf("calls %+v", c)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(tiny())
	f.Add(tiny()[:200])
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Read("fuzzed", data)
		if err != nil {
			return
		}
		b.Itabs()
		b.AddressTaken()
		for i := range b.Symbols()[:min(len(b.Symbols()), 64)] {
			s := &b.Symbols()[i]
			b.Frames(s.Entry)
			b.Frames(s.End)
			if _, err := b.Func(s.Name); err != nil {
				continue
			}
			if g, err := b.Graph(s); err == nil {
				check(t, g)
			}
		}
	})
}

// check tests what holds of every graph.
func check(t *testing.T, g *Graph) {
	t.Helper()
	for i, block := range g.Blocks {
		if block.Start >= block.End || i > 0 && block.Start < g.Blocks[i-1].End {
			t.Errorf("%s: blocks overlap: %#x–%#x", g.Symbol.Name, block.Start, block.End)
		}
		for _, next := range block.Succs {
			if next < 0 || next >= len(g.Blocks) {
				t.Errorf("%s: no block %d", g.Symbol.Name, next)
			}
		}
	}
}
