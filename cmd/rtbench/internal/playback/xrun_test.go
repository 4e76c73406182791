package playback

import "testing"

func TestComplaints(t *testing.T) {
	for _, c := range []struct {
		line string
		want complaint
		ok   bool
	}{
		{"JackEngine::XRun: client = rtbench-17 was not finished, state = Triggered", complaint{5, "rtbench-17", true}, true},
		{"JackEngine::XRun: client = rtbench-17 was not finished, state = Running", complaint{5, "rtbench-17", false}, true},
		{"JackEngine::XRun: client rtbench-17 finished after current callback", complaint{5, "rtbench-17", false}, true},
		{"JackTimedDriver::Process XRun = 1377 usec", complaint{at: 5}, true},
		{"JackAudioDriver::ProcessGraphAsyncMaster: Process error", complaint{}, false},
		{"", complaint{}, false},
	} {
		if got, ok := complaintOf(c.line, 5); got != c.want || ok != c.ok {
			t.Errorf("%q: %+v, %v, want %+v, %v", c.line, got, ok, c.want, c.ok)
		}
	}
}

func TestAttribute(t *testing.T) {
	c, capture, reference := clientName("control"), clientName("capture"), clientName("reference")
	at := func(cycle int64, client string, notRun bool) complaint {
		return complaint{cycle*testPeriod + int64(len(client)), client, notRun}
	}
	all := []complaint{
		at(0, "rtbench-17", false), // before the window
		at(1, "rtbench-17", true), at(1, capture, true),
		at(2, "rtbench-17", false), at(2, capture, true),
		at(3, c, true), at(3, "rtbench-17", true),
		at(4, capture, true),
		at(5, reference, false),
		at(6, "", false),
		at(7, "", false), at(7, "rtbench-17", true),
		at(9, "rtbench-17", false), // after it
	}
	got := attribute(all, window{testPeriod, 8 * testPeriod}, testPeriod)
	if want := (XrunsOf{C: 1, Stream: 3, NotRun: 2, Recorders: 2, Timer: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := attribute(nil, window{0, 1}, testPeriod); got != (XrunsOf{}) {
		t.Errorf("of nothing: %+v", got)
	}
}
