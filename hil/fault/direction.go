package fault

import "fmt"

// Direction is the way of the frames that a link's fault acts on.
type Direction uint8

const (
	// BothWays is to the device and from it.
	BothWays Direction = iota
	// ToDevice is what the rig sends.
	ToDevice
	// FromDevice is what it receives.
	FromDevice
)

// String is "both ways", "to device" or "from device".
func (d Direction) String() string {
	switch d {
	case BothWays:
		return "both ways"
	case ToDevice:
		return "to device"
	case FromDevice:
		return "from device"
	}
	return fmt.Sprintf("Direction(%d)", uint8(d))
}
