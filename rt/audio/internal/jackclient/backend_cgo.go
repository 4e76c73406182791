//go:build cgo && linux

package jackclient

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// HostAPI is what devices of this backend are listed under.
const HostAPI = "JACK"

// Backend is the JACK server that JACK_DEFAULT_SERVER names, or the default one.
type Backend struct {
	name string
	kept *client // of Devices, for Open
}

// New returns the backend, whose client will have the name, or the program's where it is
// empty. Whether a server runs shows when it is used.
func New(name string) (*Backend, error) { return &Backend{name: clientName(name)}, nil }

// Name implements backend.Backend.
func (*Backend) Name() string { return "jack" }

// Devices implements backend.Backend. A device is all physical ports that belong to
// one client of the server: "system" is JACK's own. The client that has looked is the
// one that Open uses: to open another would take as long again.
func (b *Backend) Devices() ([]backend.Device, error) {
	c, err := b.client()
	if err != nil {
		return nil, err
	}
	b.kept = c
	return describe(c.ports(false), c.ports(true), c.rate()), nil
}

// client is the one that was kept, where its server is there, or another one.
func (b *Backend) client() (*client, error) {
	if c := b.kept; c != nil {
		b.kept = nil
		if !c.gone() {
			return c, nil
		}
		_ = c.close() // there is nothing that could be given back
	}
	return openClient(b.name)
}

// Drop implements backend.Keeper.
func (b *Backend) Drop() error {
	c := b.kept
	b.kept = nil
	if c == nil {
		return nil
	}
	return c.close()
}

// describe groups ports by the client that they belong to. The first client with
// outputs, and with inputs, is the default one.
func describe(sources, sinks []string, rate float64) (devices []backend.Device) {
	at := func(port string) *backend.Device {
		owner, _, _ := strings.Cut(port, ":")
		for i := range devices {
			if devices[i].Name == owner {
				return &devices[i]
			}
		}
		devices = append(devices, backend.Device{Index: len(devices), Name: owner, HostAPI: HostAPI, Rate: rate})
		return &devices[len(devices)-1]
	}
	for _, port := range sinks {
		d := at(port)
		d.Out++
		d.DefaultOut = d.Name == owner(sinks[0])
	}
	for _, port := range sources {
		d := at(port)
		d.In++
		d.DefaultIn = d.Name == owner(sources[0])
	}
	return devices
}

// owner is the client that a port belongs to.
func owner(port string) string {
	name, _, _ := strings.Cut(port, ":")
	return name
}

// portsOf are the ports of one device, in the server's order.
func portsOf(d *backend.Device, ports []string) (own []string) {
	for _, p := range ports {
		if d != nil && owner(p) == d.Name {
			own = append(own, p)
		}
	}
	return own
}

// nameLimit leaves JACK's 64 bytes room for a suffix.
const nameLimit = 32

// clientName is name, or the program's where that is empty.
func clientName(name string) string {
	if name == "" {
		name = strings.ReplaceAll(filepath.Base(os.Args[0]), ":", "-")
	}
	return name[:min(len(name), nameLimit)]
}
