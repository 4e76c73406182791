package machinecode

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// image is the part of an ELF file that a process has in its memory, with the
// addresses that the file says. A position-independent executable is looked at as
// if it were loaded at address 0.
type image struct {
	machine  elf.Machine
	segments []segment // by address
	// words are those that the loader writes, by address, because they hold
	// addresses; the file has no value for them.
	words map[uint64]uint64
	// names of functions, by address, from the symbol table. Nil in a stripped file.
	names map[uint64]string
	itabs []Itab // without their functions; from the symbol table
}

// segment is a section of the file that is loaded.
type segment struct {
	name     string
	address  uint64
	data     []byte
	readOnly bool // while the program runs
}

// maxFile limits the size of a file, because it is read into memory.
const maxFile = 4 << 30

// readImage reads an ELF file for a 64-bit machine with little-endian words.
func readImage(path string) (*image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("is no regular file")
	case info.Size() > maxFile:
		return nil, fmt.Errorf("has %d bytes; at most %d can be read", info.Size(), int64(maxFile))
	}
	return parseImage(file, uint64(info.Size()))
}

func parseImage(r io.ReaderAt, size uint64) (*image, error) {
	var magic [4]byte
	if _, err := r.ReadAt(magic[:], 0); err != nil || string(magic[:]) != elf.ELFMAG {
		return nil, fmt.Errorf("is no ELF file%s; build with GOOS=linux", otherFormat(magic))
	}
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("is a damaged or truncated ELF file: %w", err)
	}
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("is for %v, %v, %v: only 64-bit little-endian files can be read", f.Machine, f.Class, f.Data)
	}
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return nil, fmt.Errorf("is of type %v and not linked; link it to an executable", f.Type)
	}
	m := &image{machine: f.Machine, words: map[uint64]uint64{}}
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOBITS || s.Size == 0 || s.Flags&elf.SHF_TLS != 0 {
			continue
		}
		if s.Offset > size || s.FileSize > size-s.Offset {
			return nil, fmt.Errorf("is a damaged or truncated ELF file: section %s is not in the file", s.Name)
		}
		if s.Flags&elf.SHF_COMPRESSED != 0 {
			return nil, fmt.Errorf("has a compressed section %s, which no linker makes", s.Name)
		}
		data, err := s.Data()
		if err != nil {
			return nil, fmt.Errorf("is a damaged or truncated ELF file: section %s: %w", s.Name, err)
		}
		if s.Type == elf.SHT_RELA {
			m.relocate(data)
		}
		m.segments = append(m.segments, segment{
			name: s.Name, address: s.Addr, data: data,
			readOnly: s.Flags&elf.SHF_WRITE == 0 || strings.HasPrefix(s.Name, ".data.rel.ro"),
		})
	}
	slices.SortStableFunc(m.segments, func(a, b segment) int { return cmp.Compare(a.address, b.address) })
	return m, m.readSymbols(f)
}

// otherFormat names the executable formats of other systems.
func otherFormat(magic [4]byte) string {
	switch {
	case string(magic[:2]) == "MZ":
		return " but one for Windows"
	case string(magic[:3]) == "\xcf\xfa\xed", string(magic[1:]) == "\xfa\xed\xfe":
		return " but one for macOS"
	}
	return ""
}

// relocate keeps the words that depend on the address at which the program is loaded.
func (m *image) relocate(table []byte) {
	const entry = 24 // address, kind and symbol, addend
	for ; len(table) >= entry; table = table[entry:] {
		kind := binary.LittleEndian.Uint64(table[8:])
		if kind == uint64(elf.R_X86_64_RELATIVE) || kind == uint64(elf.R_AARCH64_RELATIVE) {
			m.words[binary.LittleEndian.Uint64(table)] = binary.LittleEndian.Uint64(table[16:])
		}
	}
}

func (m *image) readSymbols(f *elf.File) error {
	symbols, err := f.Symbols()
	if errors.Is(err, elf.ErrNoSymbols) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("is a damaged or truncated ELF file: symbol table: %w", err)
	}
	m.names = make(map[uint64]string, len(symbols)/2)
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Size > 0 {
			m.names[s.Value] = strings.TrimSuffix(s.Name, ".abi0")
		}
		if types, ok := strings.CutPrefix(s.Name, "go:itab."); ok && s.Size >= itabHeader {
			concrete, iface, _ := cutTypes(types)
			m.itabs = append(m.itabs, Itab{
				Address: s.Value, Type: concrete, Interface: iface,
				Methods: make([]string, min(s.Size-itabHeader, maxMethods*wordSize)/wordSize),
			})
		}
	}
	return nil
}

// cutTypes takes the name of an itab apart at the comma that is in no brackets.
func cutTypes(types string) (concrete, iface string, ok bool) {
	depth := 0
	for i, c := range types {
		switch c {
		case '[', '(', '{':
			depth++
		case ']', ')', '}':
			depth--
		case ',':
			if depth == 0 {
				return types[:i], types[i+1:], true
			}
		}
	}
	return types, "", false
}

// section is the section of that name, nil if there is none.
func (m *image) section(name string) *segment {
	for i := range m.segments {
		if m.segments[i].name == name {
			return &m.segments[i]
		}
	}
	return nil
}

// at is the section that address is in, nil if there is none.
func (m *image) at(address uint64) *segment {
	i, found := slices.BinarySearchFunc(m.segments, address, func(s segment, a uint64) int { return cmp.Compare(s.address, a) })
	if !found {
		i--
	}
	if i < 0 || address-m.segments[i].address >= uint64(len(m.segments[i].data)) {
		return nil
	}
	return &m.segments[i]
}

// bytes are those at address to the end of its section, nil outside of all sections.
func (m *image) bytes(address uint64) []byte {
	s := m.at(address)
	if s == nil {
		return nil
	}
	return s.data[address-s.address:]
}

const wordSize = 8

// word is the word at address, as it is when the program runs.
func (m *image) word(address uint64) (uint64, bool) {
	if w, ok := m.words[address]; ok {
		return w, true
	}
	b := m.bytes(address)
	if len(b) < wordSize {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b), true
}

// constant is the word at address if no program writes there.
func (m *image) constant(address uint64) (uint64, bool) {
	if s := m.at(address); s == nil || !s.readOnly {
		return 0, false
	}
	return m.word(address)
}
