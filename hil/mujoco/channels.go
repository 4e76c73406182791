package mujoco

import (
	"fmt"

	"github.com/memkit-go/memkit/hil"
)

// Types of sensors, as MuJoCo numbers them, and their units; for a joint the unit of a
// slide.
var units = map[int]string{
	0: "N", 1: "m/s²", 2: "m/s", 3: "rad/s", 4: "N", 5: "N·m", 6: "T", 7: "m",
	sensorJointPosition: "m", sensorJointVelocity: "m/s", 10: "m", 11: "m/s", 12: "1", 13: "1/s", 14: "N",
	15: "1", 16: "rad/s", 19: "N", 22: "N",
	23: "m", 24: "1", 25: "1", 26: "1", 27: "1", 28: "m/s", 29: "rad/s", 30: "m/s²", 31: "rad/s²",
	32: "m", 33: "m/s", 34: "kg·m²/s", 35: "s",
}

const (
	sensorJointPosition = 8
	sensorJointVelocity = 9
)

// unit is the unit of a sensor, of a hinge where that is its joint.
func unit(kind int, hinge bool) string {
	switch {
	case kind == sensorJointPosition && hinge:
		return "rad"
	case kind == sensorJointVelocity && hinge:
		return "rad/s"
	}
	if u, ok := units[kind]; ok {
		return u
	}
	return "1"
}

// channels names the values of a sensor or an actuator: "force" for one value,
// "force[0]" and so on for several.
func channels(name, unit string, values int) []hil.Channel {
	if values == 1 {
		return []hil.Channel{{Name: name, Unit: unit}}
	}
	all := make([]hil.Channel, values)
	for i := range all {
		all[i] = hil.Channel{Name: fmt.Sprintf("%s[%d]", name, i), Unit: unit}
	}
	return all
}
