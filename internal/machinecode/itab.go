package machinecode

// Itab is the table through which a type's methods are called by way of an
// interface.
type Itab struct {
	Address         uint64
	Type, Interface string // as the linker writes them: "*os.File", "io.Writer"
	// Methods are the names of the functions, in the interface's order.
	Methods []string
}

const (
	itabHeader = 24 // interface, type, hash
	maxMethods = 1 << 16
)

// Itabs lists the tables of the binary. Those that the runtime makes later, for
// types that only a type assertion joins, are not among them. A stripped file has
// none.
func (b *Binary) Itabs() []Itab {
	itabs := make([]Itab, 0, len(b.image.itabs))
	for _, t := range b.image.itabs {
		methods := make([]string, len(t.Methods))
		for i := range methods {
			if w, ok := b.image.word(t.Address + itabHeader + uint64(i)*wordSize); ok {
				methods[i] = b.nameAt(w)
			}
		}
		t.Methods = methods
		itabs = append(itabs, t)
	}
	return itabs
}

// AddressTaken lists the functions whose addresses are in the data of the binary or
// in the instructions of graphs: those that an indirect call can reach. Functions
// that data refers to by an offset, the methods of types, are not among them.
func (b *Binary) AddressTaken(graphs ...*Graph) []*Symbol {
	taken := map[*Symbol]bool{}
	note := func(address uint64) {
		if s, ok := b.At(address); ok && s.Entry == address {
			taken[s] = true
		}
	}
	for i := range b.image.segments {
		s := &b.image.segments[i]
		if s.name == ".text" || s.name == ".gopclntab" || s.address%wordSize != 0 {
			continue
		}
		for at := uint64(0); at+wordSize <= uint64(len(s.data)); at += wordSize {
			if w, ok := b.image.word(s.address + at); ok {
				note(w)
			}
		}
	}
	for _, g := range graphs {
		for _, address := range g.addresses {
			note(address)
		}
	}
	var list []*Symbol
	for i := range b.symbols {
		if taken[&b.symbols[i]] {
			list = append(list, &b.symbols[i])
		}
	}
	return list
}
