//go:build cgo && linux

package jackclient

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// HostAPI is what devices of this backend are listed under.
const HostAPI = "JACK"

// Backend is the JACK server that JACK_DEFAULT_SERVER names, or the default one.
type Backend struct{}

// New returns the backend; whether a server runs shows when it is used.
func New() (*Backend, error) { return &Backend{}, nil }

// Name implements backend.Backend.
func (*Backend) Name() string { return "jack" }

// Devices implements backend.Backend. A device is all physical ports that belong to
// one client of the server: "system" is JACK's own.
func (*Backend) Devices() ([]backend.Device, error) {
	c, err := openClient(fmt.Sprintf("%s-list-%d", clientName(""), os.Getpid()), 0, 0)
	if err != nil {
		return nil, err
	}
	devices := describe(c.ports(false), c.ports(true), c.rate())
	return devices, c.close()
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
