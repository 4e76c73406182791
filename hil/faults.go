package hil

import "fmt"

// Faults puts faults into a run. Package fault has those of links, sensors, actuators
// and devices, each with its undo. Its methods are called on the goroutine that runs
// the rig; none but Bind may allocate.
type Faults interface {
	// Bind is called before a run: the faults resolve the names that they are for,
	// put themselves between rig and device with Site.Wrap, and start from their
	// seed again.
	Bind(s *Site) error
	// Begin is called before each step: faults that are due are applied or undone.
	Begin(t Tick) error
	// Sensors changes what the device's side sees of the plant's outputs.
	Sensors(t Tick, values []float64)
	// Actuators changes what the plant gets of the device's commands, before the hard
	// limits.
	Actuators(t Tick, values []float64)
	// End is called after a run, whatever ended it: every fault is undone.
	End(t Tick)
}

// Site is what [Faults] may act on: a rig that is about to run.
type Site struct{ r *Rig }

// Sensor returns the index of a sensor in the values of Faults.Sensors.
func (s *Site) Sensor(name string) (int, error) { return named("sensor", s.r.c.Sensors, name) }

// Actuator returns the index of an actuator in the values of Faults.Actuators.
func (s *Site) Actuator(name string) (int, error) { return named("actuator", s.r.c.Actuators, name) }

func named(kind string, channels []Channel, name string) (int, error) {
	i := find(channels, name)
	if i < 0 {
		return 0, fmt.Errorf("hil: unknown %s %q; the names are %q", kind, name, names(channels))
	}
	return i, nil
}

// Sensors is how many there are.
func (s *Site) Sensors() int { return len(s.r.c.Sensors) }

// Actuators is how many there are.
func (s *Site) Actuators() int { return len(s.r.c.Actuators) }

// Rate is the steps in a second of simulated time.
func (s *Site) Rate() int { return s.r.c.Rate }

// Mode is how the run's time goes.
func (s *Site) Mode() Mode { return s.r.c.Mode }

// Seed is the run's.
func (s *Site) Seed() uint64 { return s.r.stimulus.Seed }

// Wrap puts a link around the one of a connection, for this run. The name "" means
// the first connection.
func (s *Site) Wrap(connection string, wrap func(Link) Link) error {
	c, err := s.r.connection(connection)
	if err != nil {
		return err
	}
	c.link = wrap(c.link)
	return nil
}

// Control returns the control of a connection's device, nil where it has none. The
// name "" means the first connection. In a replay, which has no devices, it does nothing.
func (s *Site) Control(connection string) (Control, error) {
	c, err := s.r.connection(connection)
	if err != nil {
		return nil, err
	}
	if s.r.stimulus.Replay != nil && c.Control != nil {
		return replayed{}, nil
	}
	return c.Control, nil
}

// replayed is the control of a device that is not there.
type replayed struct{}

func (replayed) Reset() error     { return nil }
func (replayed) Pause(bool) error { return nil }

// Exchange returns which exchange of the run a device's frame answers, from 1, or 0 for
// the handshake's; ErrFrame for a damaged one. The connection's name "" means the first.
//
// Cost: the codec's. Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
func (s *Site) Exchange(connection string, frame []byte) (int64, error) {
	for _, c := range s.r.connections {
		if connection == "" || c.Name == connection {
			number, err := c.Codec.Decode(frame, c.scratch)
			if err != nil {
				return 0, ErrFrame
			}
			return c.answers(number), nil
		}
	}
	return 0, ErrFrame
}

// Note writes an event into the run's recording.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
func (s *Site) Note(t Tick, kind, text string) { s.r.note(t, kind, text) }
