package playback

import (
	"fmt"
	"os"
	"regexp"
)

// An xrun is a cycle that a JACK server could not complete: a client had not finished
// when the next cycle began, or the server's own timer was late. The server tells every
// client of each, so that a client's count is of all clients; its words say whose it
// was.

// XrunsOf are a server's in one window, by whose they were. Those that name several
// clients count for the first of these kinds.
type XrunsOf struct {
	// C is of cycles in which the control in C had not finished, whoever else had not.
	C int `json:"xruns_c"`
	// Stream is of cycles in which the stream had not finished, and NotRun of those
	// in which its thread was woken and had not run at all: the kernel or the host had
	// not let it, and neither Go nor the Processor had begun.
	Stream int `json:"xruns_stream"`
	NotRun int `json:"xruns_stream_not_run"`
	// Recorders is of cycles in which only a recorder had not finished.
	Recorders int `json:"xruns_recorders"`
	// Timer is of cycles that the server itself began late.
	Timer int `json:"xruns_timer"`
}

// complaint is one line of the server's about an xrun.
type complaint struct {
	at     int64  // on the clock of rt.Now
	client string // "" for the server's timer
	notRun bool
}

var complaints = regexp.MustCompile(`^JackEngine::XRun: client (?:= )?(\S+) (?:was not finished, state = (\w+)|finished after current callback)|^JackTimedDriver::Process XRun = `)

// complaintOf reads a line.
func complaintOf(line string, at int64) (c complaint, ok bool) {
	m := complaints.FindStringSubmatch(line)
	if m == nil {
		return c, false
	}
	return complaint{at, m[1], m[2] == "Triggered"}, true
}

// attribute counts the complaints of a window. Those that come within half a period of
// the first are of one xrun.
func attribute(all []complaint, w window, period int64) (x XrunsOf) {
	for len(all) > 0 {
		begin, n := all[0].at, 1
		for n < len(all) && all[n].at-begin < period/2 {
			n++
		}
		if w.holds(begin) {
			x.count(all[:n])
		}
		all = all[n:]
	}
	return x
}

// count adds one xrun.
func (x *XrunsOf) count(of []complaint) {
	var c, stream, notRun, recorders bool
	for _, one := range of {
		switch one.client {
		case "":
		case clientName("control"):
			c = true
		case clientName("capture"), clientName("reference"):
			recorders = true
		default:
			stream, notRun = true, notRun || one.notRun
		}
	}
	switch {
	case c:
		x.C++
	case stream:
		x.Stream++
		add(&x.NotRun, notRun)
	case recorders:
		x.Recorders++
	default:
		x.Timer++
	}
}

// clientName is the name of one of package jackprobe's clients in this process.
func clientName(kind string) string { return fmt.Sprintf("%s-%d", kind, os.Getpid()) }
