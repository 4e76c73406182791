package bus

import "net"

// zoneIndex returns the index of a network interface, 0 for one that does not exist.
func zoneIndex(name string) uint32 {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0
	}
	return uint32(i.Index)
}
