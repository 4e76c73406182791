package bus

import (
	"fmt"
	"net/netip"
)

// UDPConfig describes a port over UDP.
type UDPConfig struct {
	// Local is the address and port that the device sends to, such as
	// "192.168.1.2:9000". Empty means any free port.
	Local string
	// Remote is the device's, such as "192.168.1.3:9000". Datagrams from elsewhere
	// are not received. It has no default. Names are not resolved.
	Remote string
	// Share lets another socket of this user have the same Local while this one is
	// open (SO_REUSEADDR): package rt/guard replaces a socket that it has shut down and a
	// stopped process still holds.
	Share bool
	// BusyPoll lets Receive poll the network card for so many microseconds when
	// nothing has arrived, on cards that can. 0 means that it does not.
	BusyPoll int
}

func (c UDPConfig) addresses() (local, remote netip.AddrPort, err error) {
	if remote, err = netip.ParseAddrPort(c.Remote); err != nil {
		return local, remote, fmt.Errorf("bus: UDPConfig.Remote is %q; set an address and a port, such as 192.168.1.3:9000", c.Remote)
	}
	local = netip.AddrPortFrom(netip.IPv6Unspecified(), 0)
	if remote.Addr().Unmap().Is4() {
		local = netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	}
	if c.Local != "" {
		if local, err = netip.ParseAddrPort(c.Local); err != nil {
			return local, remote, fmt.Errorf("bus: UDPConfig.Local is %q; set an address and a port, such as 192.168.1.2:9000, or leave it empty", c.Local)
		}
	}
	local = netip.AddrPortFrom(local.Addr().Unmap(), local.Port())
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if local.Addr().Is4() != remote.Addr().Is4() {
		return local, remote, fmt.Errorf("bus: UDPConfig.Local is %v and Remote %v; set two addresses of one family", local, remote)
	}
	if remote.Port() == 0 {
		return local, remote, fmt.Errorf("bus: UDPConfig.Remote is %v; set the device's port", remote)
	}
	if c.BusyPoll < 0 {
		return local, remote, fmt.Errorf("bus: UDPConfig.BusyPoll is %d; set microseconds, or 0", c.BusyPoll)
	}
	return local, remote, nil
}
