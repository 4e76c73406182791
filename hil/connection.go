package hil

import (
	"fmt"
	"time"
)

// Connection joins a device under test to a rig's channels.
type Connection struct {
	// Name of the device, in errors and faults.
	Name string
	// Link carries the frames. The rig closes it.
	Link Link
	// Codec says what the frames look like; nil means [Floats].
	Codec Codec
	// Control resets and pauses the device; nil where nothing can.
	Control Control
	// Send names the sensors and set points that the device gets, in this order; nil
	// means all, sensors first. Receive names the actuators that it drives; nil means
	// all. Each actuator has one device.
	Send, Receive []string
	// Every is the sub-rate: one exchange in this many steps. 0 means 1.
	Every int
	// Deadline, in a paced rig, is how long the device may take to answer, by the
	// wall clock. 0 means half of a step. A step in which the device had less, because
	// the rig was late, is the rig's miss.
	Deadline time.Duration
	// Timeout, in simulated time, is the age at which a command is no longer used:
	// the actuators then take their safe values until the device answers again. 0
	// means 100 exchanges.
	Timeout time.Duration
}

// connection is a Connection of a rig, with what it needs in a step.
type connection struct {
	Connection
	link          Link      // with faults
	values        ValueLink // link, where it needs no frames
	out, in       []float64
	scratch       []float64 // for Site.Exchange
	send, receive []int
	sendLimits    []limit
	frame, reply  [MaxFrame]byte
	last          uint32 // the largest sequence number; the one after it is 1
	every         int64
	timeout       int64  // exchanges
	deadline      int64  // ns
	exchanges     int64  // begun
	sequence      uint32 // of the newest exchange
	newest        int64  // the exchange whose command is the newest, from 1
	timedOut      bool
	counts        Counts
}

// channelNames are those that the device drives.
func (c *connection) channelNames(actuators []Channel) []string {
	var all []string
	for _, i := range c.receive {
		//rt:allow ML601 reason="the run ends with this error"
		all = append(all, actuators[i].Name)
	}
	return all
}

const (
	defaultTimeout = 100 // exchanges
	// mostFrames bounds what one exchange reads, so that a device that sends without
	// end does not keep the rig from its step.
	mostFrames = 64
)

// prepare checks the connection and resolves its channels. taken names the connection
// that drives each actuator.
func (c Connection) prepare(config *Config, taken []string) (*connection, error) {
	switch {
	case c.Name == "":
		return nil, fmt.Errorf("hil: Config.Connections has one without a name; give each a Name")
	case c.Link == nil:
		return nil, c.wrong("Link", "nil", "must be given; package link has some")
	case c.Every < 0:
		return nil, c.wrong("Every", c.Every, "must not be negative; 0 means every step")
	case c.Deadline < 0 || int64(c.Deadline) > config.period():
		return nil, c.wrong("Deadline", c.Deadline, fmt.Sprintf("must lie within the step's %v; 0 means half of it", time.Duration(config.period())))
	case c.Timeout < 0:
		return nil, c.wrong("Timeout", c.Timeout, "must not be negative; 0 means 100 exchanges")
	}
	if c.Codec == nil {
		c.Codec = Floats{}
	}
	p := &connection{Connection: c, link: c.Link, every: int64(max(1, c.Every))}
	bits := c.Codec.SequenceBits()
	if bits < 1 || bits > 32 {
		return nil, c.wrong("Codec.SequenceBits", bits, "must be 1 to 32")
	}
	p.last = uint32(1<<bits - 1)
	if err := p.resolve(config, taken); err != nil {
		return nil, err
	}
	p.out, p.in, p.scratch = make([]float64, len(p.send)), make([]float64, len(p.receive)), make([]float64, len(p.receive))
	if c.Codec == (Floats{}) && max(len(p.out), len(p.in)) > MaxFloats {
		return nil, c.wrong("Codec", "Floats", fmt.Sprintf("carries %d values at most; give a Codec of your own", MaxFloats))
	}
	p.deadline = int64(c.Deadline)
	if p.deadline == 0 {
		p.deadline = config.period() / 2
	}
	p.timeout = defaultTimeout
	if c.Timeout > 0 {
		p.timeout = max(1, int64(c.Timeout)/(config.period()*p.every))
	}
	return p, nil
}

func (c Connection) wrong(field string, value any, remedy string) error {
	return fmt.Errorf("hil: Connection %q: %s %v: %s", c.Name, field, value, remedy)
}

// resolve finds the channels that the connection sends and receives, by default all.
func (p *connection) resolve(config *Config, taken []string) error {
	outputs := append(append([]Channel(nil), config.Sensors...), config.Setpoints...)
	send, receive := p.Send, p.Receive
	if send == nil {
		send = names(outputs)
	}
	if receive == nil {
		receive = names(config.Actuators)
	}
	bound := limits(outputs)
	for _, name := range send {
		i := find(outputs, name)
		if i < 0 {
			return p.wrong("Send", name, fmt.Sprintf("is no sensor or set point; the names are %q", names(outputs)))
		}
		p.send = append(p.send, i)
		p.sendLimits = append(p.sendLimits, bound[i])
	}
	for _, name := range receive {
		i := find(config.Actuators, name)
		if i < 0 {
			return p.wrong("Receive", name, fmt.Sprintf("is no actuator; the names are %q", names(config.Actuators)))
		}
		if taken[i] != "" {
			return p.wrong("Receive", name, "is driven by connection "+taken[i]+" already; give each actuator one device")
		}
		taken[i] = p.Name
		p.receive = append(p.receive, i)
	}
	return nil
}
