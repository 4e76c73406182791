package guard

// Reason says why the guard has driven the safe state.
type Reason uint32

const (
	// Armed: it has not.
	Armed Reason = iota
	// Silent: the beat has stayed away for Config.Silence periods.
	Silent
	// Gone: the controller's process has ended.
	Gone
	// NoFirstBeat: none came within Config.FirstBeat.
	NoFirstBeat
	// Released: the controller has closed its end in good order.
	Released
	// Stopped: the guard was asked to stop, or the process that started it is gone and
	// the controller did not end by itself.
	Stopped
	// Unplugged: the bus to the actuator has failed.
	Unplugged
	// Idle: no controller has been armed yet.
	Idle

	reasons
)

// String is "silent", "gone" and so on.
func (r Reason) String() string {
	if r < reasons {
		return [reasons]string{"armed", "silent", "gone", "no first beat", "released", "stopped", "unplugged", "idle"}[r]
	}
	return "unknown reason"
}
