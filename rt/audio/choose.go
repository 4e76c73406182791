package audio

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// choose picks the devices that c asks for.
func (c Config) choose(found []backend.Device) (in, out *backend.Device, err error) {
	if c.HostAPI != "" {
		of := func(d backend.Device) bool { return strings.EqualFold(d.HostAPI, c.HostAPI) }
		if among := filter(found, of); len(among) > 0 {
			found = among
		} else {
			return nil, nil, &DeviceError{fmt.Sprintf("host API %q", c.HostAPI), "no device has it; there are " + list(hostAPIs(found))}
		}
	}
	if c.In > 0 {
		if in, err = c.pick(found, "input", c.In, inputs, func(d backend.Device) bool { return d.DefaultIn }); err != nil {
			return nil, nil, err
		}
	}
	if c.Out > 0 {
		if out, err = c.pick(found, "output", c.Out, outputs, func(d backend.Device) bool { return d.DefaultOut }); err != nil {
			return nil, nil, err
		}
	}
	return in, out, nil
}

func inputs(d backend.Device) int  { return d.In }
func outputs(d backend.Device) int { return d.Out }

// pick picks the device for one direction: the one whose name is wanted, or
// contains the wanted name if no other does; without a name the default one, or
// the first that can.
func (c Config) pick(found []backend.Device, direction string, channels int, has func(backend.Device) int, byDefault func(backend.Device) bool) (*backend.Device, error) {
	can := filter(found, func(d backend.Device) bool { return has(d) > 0 })
	if len(can) == 0 {
		return nil, &DeviceError{direction, "no device has any " + direction + " channel; there are " + list(names(found))}
	}
	d, err := c.named(can, direction, byDefault)
	if err != nil {
		return nil, err
	}
	if has(*d) < channels {
		return nil, &DeviceError{
			fmt.Sprintf("%d %s channels", channels, direction),
			fmt.Sprintf("device %q has %d; set Config.%s to at most that", d.Name, has(*d), map[string]string{"input": "In", "output": "Out"}[direction]),
		}
	}
	return d, nil
}

func (c Config) named(can []backend.Device, direction string, byDefault func(backend.Device) bool) (*backend.Device, error) {
	matches := filter(can, func(d backend.Device) bool { return strings.EqualFold(d.Name, c.Device) })
	switch {
	case c.Device == "":
		matches = append(filter(can, byDefault), can...)
	case len(matches) == 0:
		matches = filter(can, func(d backend.Device) bool {
			return strings.Contains(strings.ToLower(d.Name), strings.ToLower(c.Device))
		})
	}
	wanted := fmt.Sprintf("%s device %q", direction, c.Device)
	switch {
	case len(matches) == 0:
		return nil, &DeviceError{wanted, "no such device; there are " + list(names(can))}
	case len(matches) > 1 && c.Device != "":
		return nil, &DeviceError{wanted, "several have that name: " + list(names(matches)) + "; give the whole name, or HostAPI"}
	}
	return &matches[0], nil
}

func filter(devices []backend.Device, keep func(backend.Device) bool) (kept []backend.Device) {
	for _, d := range devices {
		if keep(d) {
			kept = append(kept, d)
		}
	}
	return kept
}

func names(devices []backend.Device) (names []string) {
	for _, d := range devices {
		name := strconv.Quote(d.Name)
		if d.HostAPI != "" {
			name += " (" + d.HostAPI + ")"
		}
		names = append(names, name)
	}
	return names
}

func hostAPIs(devices []backend.Device) (names []string) {
	seen := map[string]bool{}
	for _, d := range devices {
		if d.HostAPI != "" && !seen[d.HostAPI] {
			seen[d.HostAPI] = true
			names = append(names, strconv.Quote(d.HostAPI))
		}
	}
	return names
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
