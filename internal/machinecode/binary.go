package machinecode

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"os"
	"slices"
)

// Binary is the code of a linked Go program in ELF format, for amd64 or arm64. It may
// have C in it, and it may be position-independent.
type Binary struct {
	path    string
	arch    architecture
	image   *image
	table   *pclntab
	text    *segment
	symbols []Symbol       // by address
	names   map[string]int // of symbols, as in the symbol table and in the function table
}

// Self opens the running program.
func Self() (*Binary, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("machinecode: %w", err)
	}
	return Open(path)
}

// Open reads the binary at path. It needs no symbol table: go test links without
// one.
func Open(path string) (*Binary, error) {
	m, err := readImage(path)
	if err != nil {
		return nil, fmt.Errorf("machinecode: %s: %w", path, err)
	}
	return newBinary(path, m)
}

// Read reads a binary from memory. Errors call it by name.
func Read(name string, file []byte) (*Binary, error) {
	m, err := parseImage(bytes.NewReader(file), uint64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("machinecode: %s: %w", name, err)
	}
	return newBinary(name, m)
}

func newBinary(path string, m *image) (*Binary, error) {
	b := &Binary{path: path, image: m}
	switch m.machine {
	case elf.EM_X86_64:
		b.arch = amd64{}
	case elf.EM_AARCH64:
		b.arch = arm64{}
	default:
		return nil, fmt.Errorf("machinecode: %s: code for %v: only amd64 and arm64 can be read", path, m.machine)
	}
	b.text = m.section(".text")
	lines := m.section(".gopclntab")
	if lines == nil { // position-independent, linked by an old Go
		lines = m.section(".data.rel.ro.gopclntab")
	}
	if b.text == nil || lines == nil {
		return nil, fmt.Errorf("machinecode: %s: no .text or .gopclntab section: not a Go program", path)
	}
	module := findModule(m, lines.address)
	table, err := newPclntab(lines.data, module.text)
	if err != nil {
		return nil, fmt.Errorf("machinecode: %s: %w", path, err)
	}
	if table.text == 0 { // no module data, which says it
		table.text = b.text.address
	}
	table.inlineTrees = m.bytes(module.gofunc)
	b.table = table
	if err := b.readSymbols(); err != nil {
		return nil, fmt.Errorf("machinecode: %s: %w", path, err)
	}
	return b, nil
}

// module is what the runtime knows of the program, as far as it matters here.
type module struct{ text, gofunc uint64 }

// findModule looks for the runtime's module data: it begins with the address of the
// function table.
func findModule(m *image, table uint64) module {
	const (
		minpc  = 160 // offsets in runtime.moduledata, since Go 1.20
		text   = 176
		gofunc = 320
	)
	for i := range m.segments {
		s := &m.segments[i]
		if s.name != ".go.module" && s.name != ".noptrdata" && s.name != ".data" {
			continue
		}
		for offset := 0; offset+gofunc+wordSize <= len(s.data); offset += wordSize {
			at := s.address + uint64(offset)
			if w, _ := m.word(at); w != table {
				continue
			}
			first, _ := m.word(at + minpc)
			start, _ := m.word(at + text)
			trees, _ := m.word(at + gofunc)
			if start != 0 && first >= start && m.at(start) != nil {
				return module{text: start, gofunc: trees}
			}
		}
	}
	return module{}
}

func (b *Binary) readSymbols() error {
	b.symbols = make([]Symbol, b.table.count)
	b.names = make(map[string]int, b.table.count)
	for i := range b.symbols {
		r, err := b.table.record(i)
		if err != nil {
			return err
		}
		s := Symbol{
			Name: r.name, Entry: b.table.text + r.entry, End: b.table.text + r.end,
			Assembly: r.assembly(), record: r,
		}
		if i > 0 && s.Entry < b.symbols[i-1].Entry {
			return errPclntab
		}
		if _, ok := b.names[r.name]; !ok {
			b.names[r.name] = i
		}
		if name, ok := b.image.names[s.Entry]; ok {
			s.Name = name
			b.names[name] = i
		}
		b.symbols[i] = s
	}
	return nil
}

// Stripped reports whether the file has no symbol table, so that the instances of a
// generic function cannot be told apart.
func (b *Binary) Stripped() bool { return b.image.names == nil }

// Symbols lists the Go functions of the binary by address.
func (b *Binary) Symbols() []Symbol { return b.symbols }

// Lookup returns the function of that name, or false when the binary has none.
func (b *Binary) Lookup(name string) (*Symbol, bool) {
	i, ok := b.names[name]
	if !ok {
		return nil, false
	}
	return &b.symbols[i], true
}

// At returns the function that has the instruction at an address, or false when
// none has.
func (b *Binary) At(address uint64) (*Symbol, bool) {
	i, found := slices.BinarySearchFunc(b.symbols, address, func(s Symbol, a uint64) int { return cmp.Compare(s.Entry, a) })
	if !found {
		i--
	}
	if i < 0 || address >= b.symbols[i].End {
		return nil, false
	}
	return &b.symbols[i], true
}

// Frames returns the calls that an instruction belongs to: the innermost inlined
// one first, the function that the binary has last.
func (b *Binary) Frames(address uint64) []Frame {
	s, ok := b.At(address)
	if !ok {
		return nil
	}
	frames := b.table.frames(s.record, address-s.Entry)
	frames[len(frames)-1].Func = s.Name
	return frames
}

// File is the source file of a function.
func (b *Binary) File(s *Symbol) string { return b.table.file(s.record, 0) }

// Func decodes the function with the name that the linker knows it by,
// "path/to/pkg.(*Type).Method".
func (b *Binary) Func(name string) (*Func, error) {
	s, ok := b.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("machinecode: %s: not in the binary; is it called, and not inlined everywhere?", name)
	}
	code, err := b.code(s)
	if err != nil {
		return nil, err
	}
	return b.decode(s, code), nil
}

// code is the machine code of a function.
func (b *Binary) code(s *Symbol) ([]byte, error) {
	start, size := s.Entry-b.text.address, s.End-s.Entry
	if s.Entry < b.text.address || start > uint64(len(b.text.data)) || size > uint64(len(b.text.data))-start {
		return nil, fmt.Errorf("machinecode: %s: %s is outside of the text section", b.path, s.Name)
	}
	return b.text.data[start : start+size], nil
}

// nameAt is the function that begins at address, "" if none does.
func (b *Binary) nameAt(address uint64) string {
	if s, ok := b.At(address); ok && s.Entry == address {
		return s.Name
	}
	return ""
}
