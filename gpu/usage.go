package gpu

import "strings"

// Usage says what a buffer serves as, in bits.
type Usage uint32

const (
	TransferSrc Usage = 0x0001 // source of copies
	TransferDst Usage = 0x0002 // destination of copies
	Uniform     Usage = 0x0010 // small constants that kernels read
	Storage     Usage = 0x0020 // read and written by kernels
	Index       Usage = 0x0040 // indices of vertices
	Vertex      Usage = 0x0080 // vertices

	allUsages = TransferSrc | TransferDst | Uniform | Storage | Index | Vertex
)

func (u Usage) String() string {
	if u == 0 {
		return "none"
	}
	var names []string
	for _, n := range []struct {
		bit  Usage
		name string
	}{{TransferSrc, "TransferSrc"}, {TransferDst, "TransferDst"}, {Uniform, "Uniform"}, {Storage, "Storage"}, {Index, "Index"}, {Vertex, "Vertex"}} {
		if u&n.bit != 0 {
			names = append(names, n.name)
		}
	}
	if u&^allUsages != 0 {
		names = append(names, "unknown")
	}
	return strings.Join(names, "|")
}
