package procfs

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// CPUTime is the time of one CPU, or of all together, since the machine started.
type CPUTime struct {
	// Total is all of it and Steal what a hypervisor gave to others while this
	// machine wanted to run, in units of Tick.
	Total, Steal int64
}

// Tick is the unit of /proc/stat: 1/USER_HZ, 10 ms on every platform of Go's.
const Tick = 10 * time.Millisecond

// StealTime is Steal as a duration, at most 292 years.
func (t CPUTime) StealTime() time.Duration {
	if t.Steal > math.MaxInt64/int64(Tick) {
		return math.MaxInt64
	}
	return time.Duration(t.Steal) * Tick
}

// AllCPUs selects the sum over all CPUs.
const AllCPUs = -1

// LineBytes is more than a line of /proc/stat about one CPU takes: its name and
// ten numbers of up to 20 digits.
const LineBytes = 256

// ParseCPUTime finds the times of a CPU, or of AllCPUs, in the text of /proc/stat:
// user, nice, system, idle, iowait, irq, softirq and steal. The guest times that
// follow are contained in user and nice. The lines of the CPUs come first and in
// order, without those that are offline; a line that is cut short does not count.
//
// Cost: O(len(stat)). Allocates: no. Blocks: no. Caller: any.
func ParseCPUTime(stat []byte, cpu int) (t CPUTime, ok bool) {
	var room [24]byte
	name := append(room[:0], "cpu"...)
	if cpu != AllCPUs {
		name = strconv.AppendInt(name, int64(cpu), 10)
	}
	name = append(name, ' ')
	for bytes.HasPrefix(stat, []byte("cpu")) {
		line, rest, whole := bytes.Cut(stat, []byte{'\n'})
		if !whole {
			break
		}
		if bytes.HasPrefix(line, name) {
			return parseTimes(stat[len(name) : len(line)+1])
		}
		stat = rest
	}
	return CPUTime{}, false
}

// columns is how many times of /proc/stat count; the last is steal.
const columns = 8

// parseTimes reads the times behind the name of a line of /proc/stat.
func parseTimes(line []byte) (t CPUTime, ok bool) {
	line = bytes.TrimLeft(line, " ")
	for range columns {
		if t.Steal, line, ok = parseCount(line); !ok || t.Steal > math.MaxInt64-t.Total {
			return CPUTime{}, false
		}
		t.Total += t.Steal
	}
	return t, true
}
