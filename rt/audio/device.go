package audio

import (
	"fmt"
	"os"
)

// Device is a source or sink of sound.
type Device struct {
	// Name and HostAPI identify it.
	Name, HostAPI string
	// In and Out are the most channels that it has.
	In, Out int
	// Rate is the rate that it runs at by default, in frames a second.
	Rate float64
	// DefaultIn and DefaultOut say that an empty Config.Device means it.
	DefaultIn, DefaultOut bool
}

// Devices lists the devices of a backend. Sim has one. Without any,
// the error is [ErrNoDevice].
func Devices(b Backend) ([]Device, error) {
	from, found, err := Config{Backend: b, Name: fmt.Sprintf("list-%d", os.Getpid())}.find(&host, nil)
	if err != nil {
		return nil, err
	}
	drop(from)
	devices := make([]Device, len(found))
	for i, d := range found {
		devices[i] = Device{
			Name: d.Name, HostAPI: d.HostAPI, In: d.In, Out: d.Out,
			Rate: d.Rate, DefaultIn: d.DefaultIn, DefaultOut: d.DefaultOut,
		}
	}
	return devices, nil
}
