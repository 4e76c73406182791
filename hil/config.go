package hil

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// Config describes a rig. Rate, Plant, Sensors, Actuators and Connections must be set.
type Config struct {
	// Name appears in recordings; empty means "rig".
	Name string
	// Rate is the steps in a second of simulated time. A step must be a whole number
	// of nanoseconds.
	Rate int
	// Mode says how simulated time runs; zero is LockStep.
	Mode Mode
	// Speed is how fast simulated time runs, in multiples of real time. 0 means 1,
	// and in lock-step as fast as it goes. In lock-step it changes no value.
	Speed float64
	// Plant is what the device controls. Its outputs are the Sensors and its inputs
	// the Actuators, in this order.
	Plant              Plant
	Sensors, Actuators []Channel
	Setpoints          []Channel // what a scenario asks of the device
	// Connections are the devices. Each actuator that none of them drives stays at
	// its safe value.
	Connections []Connection
	// Tasks run at sub-rates, after the step's exchange.
	Tasks []Task
	// Loop is the loop of a rig that keeps to the wall clock: its mode, CPU, policy,
	// wake, warm-up and overrun policy. Its period is the rig's; its trigger, substeps
	// and recorder are not for rigs. Under rt.Skip the plant goes through skipped steps
	// with its inputs held.
	Loop rt.LoopConfig
	// Watchdog is how long, by the wall clock, a run may stand still: a device that
	// does not answer in lock-step, a plant that does not return. 0 means 2 s. The
	// run then ends with a StallError.
	Watchdog time.Duration
	// Ready is how long, by the wall clock, the devices may take to answer the
	// handshake before a run. 0 means 5 s.
	Ready time.Duration
	// OnStall, when not nil, is called by the watchdog, on a goroutine of its own,
	// before Run returns a StallError. It can make safe what no link reaches.
	OnStall func(*StallError)
	// Record is how many steps, the last ones, the recording keeps. 0 means none.
	Record int
}

// Task is work at a sub-rate.
type Task struct {
	// Every is the sub-rate: once in this many steps, the first time in step Offset.
	Every, Offset int
	// Run gets the values at the step's beginning, and must keep none of the slices.
	// An error ends the run.
	Run func(t Tick, v Values) error
}

// Values are a rig's values in a step, by the index of their channels.
type Values struct {
	// Sensors are the plant's outputs, Seen the same as the devices saw them, with
	// faults. Setpoints are the scenario's.
	Sensors, Seen, Setpoints []float64
	// Commands are what the devices sent; Actuators the same as the plant gets them,
	// with faults and within the limits.
	Commands, Actuators []float64
}

const (
	defaultWatchdog = 2 * time.Second
	defaultReady    = 5 * time.Second
	second          = int64(time.Second)
	mostSpeed       = 1e6
	mostRecord      = 1 << 28
)

// period is the step in ns.
func (c *Config) period() int64 { return second / int64(c.Rate) }

func (c Config) validate() (Config, error) {
	wrong := func(field string, value any, remedy string) (Config, error) {
		return c, fmt.Errorf("hil: Config.%s %v: %s", field, value, remedy)
	}
	if c.Name == "" {
		c.Name = "rig"
	}
	switch {
	case c.Rate <= 0:
		return wrong("Rate", c.Rate, "must be positive; give steps a second, e.g. 1000")
	case second%int64(c.Rate) != 0:
		return wrong("Rate", c.Rate, fmt.Sprintf("its step is not a whole number of nanoseconds; give a divisor of 1e9, e.g. %d", divisorBelow(c.Rate)))
	case c.Mode > FreeRun:
		return wrong("Mode", c.Mode, "is unknown; give LockStep, Paced or FreeRun")
	case !(c.Speed >= 0 && c.Speed <= mostSpeed):
		return wrong("Speed", c.Speed, "must be 0 to 1e6; 1 is real time")
	case c.Plant == nil:
		return wrong("Plant", "nil", "must be given; package plant has some")
	case len(c.Sensors) == 0 || len(c.Actuators) == 0:
		return wrong("Sensors", len(c.Sensors), fmt.Sprintf("and %d Actuators: give at least one of each, the plant's outputs and inputs", len(c.Actuators)))
	case len(c.Connections) == 0:
		return wrong("Connections", "empty", "give the device under test")
	case c.Watchdog < 0 || c.Ready < 0:
		return wrong("Watchdog", c.Watchdog, fmt.Sprintf("and Ready %v: must not be negative; 0 means %v and %v", c.Ready, defaultWatchdog, defaultReady))
	case c.Record < 0 || c.Record > mostRecord:
		return wrong("Record", c.Record, fmt.Sprintf("must be 0 to %d steps", mostRecord))
	case c.Loop.Period != 0 || c.Loop.Trigger != nil || c.Loop.SubSteps != nil || c.Loop.Recorder != nil:
		return wrong("Loop", "with Period, Trigger, SubSteps or Recorder", "these are the rig's; give Rate, Speed and Tasks")
	}
	seen := map[string]bool{}
	for field, channels := range map[string][]Channel{"Sensors": c.Sensors, "Setpoints": c.Setpoints, "Actuators": c.Actuators} {
		for _, ch := range channels {
			if err := ch.validate("Config."+field, field == "Sensors"); err != nil {
				return c, err
			}
			if seen[ch.Name] {
				return wrong(field, ch.Name, "is the name of two channels; give each its own")
			}
			seen[ch.Name] = true
		}
	}
	for i, t := range c.Tasks {
		if t.Run == nil || t.Every < 1 || t.Offset < 0 || t.Offset >= t.Every {
			return wrong("Tasks", i, fmt.Sprintf("Every %d, Offset %d, Run given %t: give Every 1 or more, Offset 0 to Every−1, and Run", t.Every, t.Offset, t.Run != nil))
		}
	}
	if c.Watchdog == 0 {
		c.Watchdog = defaultWatchdog
	}
	if c.Ready == 0 {
		c.Ready = defaultReady
	}
	if c.Speed == 0 && c.Mode != LockStep {
		c.Speed = 1
	}
	return c, nil
}

// wallPeriod is a step by the wall clock.
func (c *Config) wallPeriod() time.Duration {
	return time.Duration(math.Round(float64(c.period()) / c.Speed))
}

// divisorBelow is the largest divisor of 1e9 that is at most rate.
func divisorBelow(rate int) int {
	for d := min(rate, int(second)); d > 1; d-- {
		if second%int64(d) == 0 {
			return d
		}
	}
	return 1
}

var errNoSteps = errors.New("hil: Stimulus.Steps must be 1 or more; give the run's length")
