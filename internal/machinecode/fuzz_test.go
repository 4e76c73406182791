package machinecode

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// tiny is the image of a program with two functions, f and g. The first has g
// inlined at its second instruction and a jump table. More functions follow at
// 0x1040, 0x1080 and so on; they are A, B and so on.
func tiny(more ...[]byte) []byte {
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
	for i, body := range more {
		code = append(code, bytes.Repeat([]byte{0xcc}, 0x40*(i+1)-len(code))...)
		code = append(code, body...)
		names = append(names, byte('A'+i), 0)
	}
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
	entries := []uint32{0, 0x20}
	for i := range more {
		entries = append(entries, uint32(0x40*(i+1)))
	}
	var records, bodies []byte
	for i, entry := range entries {
		f := function(entry, uint32(2*i))
		records = append(records, halves(entry, uint32(4*(2*len(entries)+1)+len(bodies)))...)
		bodies = append(bodies, f...)
	}
	records = append(append(records, halves(uint32(len(code)))...), bodies...)
	pcln := append([]byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}, make([]byte, 64)...)
	offsets := []uint64{uint64(len(entries)), 2, 0}
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

// TestValues: a function value that is not the only one, or that a call may have
// changed, is not taken for the only one.
func TestValues(t *testing.T) {
	const g, f = 0x1020, 0x1000
	lea := func(at, target int) []byte { // LEAQ target(IP), CX
		return binary.LittleEndian.AppendUint32([]byte{0x48, 0x8d, 0x0d}, uint32(target-at-7))
	}
	call := func(at, target int) []byte {
		return binary.LittleEndian.AppendUint32([]byte{0xe8}, uint32(target-at-5))
	}
	store := []byte{0x48, 0x89, 0x4c, 0x24, 8} // MOVQ CX, 8(SP)
	fetch := []byte{0x48, 0x8b, 0x4c, 0x24, 8} // MOVQ 8(SP), CX
	callCX, ret := []byte{0xff, 0xd1}, []byte{0xc3}
	tests := []struct {
		name, want string
		code       func(at int) []byte
	}{
		{"known", "g", func(at int) []byte { return slices.Concat(lea(at, g), callCX, ret) }},
		{"a call between", "?", func(at int) []byte { return slices.Concat(lea(at, g), call(at+7, f), callCX, ret) }},
		{"two stores", "f g", func(at int) []byte {
			return slices.Concat(lea(at, g), store, []byte{0x77, 12}, lea(at+14, f), store, fetch, callCX, ret)
		}},
		{"another register", "?", func(at int) []byte { return slices.Concat(lea(at, g), []byte{0xff, 0xd2}, ret) }},
		{"two ways", "f g", func(at int) []byte {
			return slices.Concat(lea(at, g), []byte{0x77, 7}, lea(at+9, f), callCX, ret)
		}},
		{"moved on a condition", "f g", func(at int) []byte {
			return slices.Concat(lea(at, g), []byte{0x48, 0x89, 0xca}, lea(at+10, f), []byte{0x48, 0x0f, 0x44, 0xca}, callCX, ret)
		}},
		{"a jump to another function", "", func(at int) []byte {
			return binary.LittleEndian.AppendUint32([]byte{0xe9}, uint32(g-at-5))
		}},
		{"a jump to no function", "", func(at int) []byte {
			return binary.LittleEndian.AppendUint32([]byte{0xe9}, 1<<20)
		}},
	}
	var more [][]byte
	for i, tt := range tests {
		more = append(more, tt.code(f+0x40*(i+1)))
	}
	b, err := Read("tiny", tiny(more...))
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range tests {
		code := graph(t, b, string(rune('A'+i)))
		if got := strings.Join(targets(code), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if last := code.Blocks[len(code.Blocks)-1]; !last.Returns {
			t.Errorf("%s does not return: %+v", tt.name, last)
		}
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
