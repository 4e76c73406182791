package audio

import "time"

// monitorEvery is how often records are drained and the device is looked after:
// often enough for the rings, which hold 4096 cycles, and far below Config.Stall.
const monitorEvery = 50 * time.Millisecond

// monitor is the goroutine of a stream that runs.
func (s *Stream) monitor(end, ended chan struct{}) {
	defer close(ended)
	tick := time.NewTicker(monitorEvery)
	defer tick.Stop()
	for stopped := false; !stopped; {
		select {
		case <-end:
			stopped = true
		case <-tick.C:
			s.repair(end)
		}
		s.check()
		s.tell()
	}
}

// repair mends what can be mended, unless Start, Stop or Close are at work.
func (s *Stream) repair(end chan struct{}) {
	if !s.control.TryLock() {
		return
	}
	defer s.control.Unlock()
	if s.running && s.end == end {
		s.source.maintain()
	}
}

// check drains the records and notices a device that has stopped calling.
func (s *Stream) check() {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return
	}
	s.drain()
	cycles, at := s.source.cycles()
	longest := max(int64(s.cfg.Stall), stallPeriods*period(s.source.frames(), s.source.spec().Rate))
	lost := s.source.condition().State == Lost
	s.mu.Lock()
	defer s.mu.Unlock()
	if lost {
		s.stalled, s.silence = false, silence{} // of a device that is there
		return
	}
	s.stalled = s.silence.look(cycles, at) > longest
}

// tell calls the functions of the Config. No lock is held.
func (s *Stream) tell() {
	s.timing.deliver(s.cfg.OnCycle, s.cfg.OnBlock, s.stateChange)
}

// stateChange calls OnState where the state has changed.
func (s *Stream) stateChange() {
	if s.cfg.OnState == nil {
		return
	}
	c := s.conditionOrClosed()
	s.mu.Lock()
	same := s.reported == c.State
	s.reported = c.State
	s.mu.Unlock()
	if !same {
		s.cfg.OnState(c.State, c.Err)
	}
}

func (s *Stream) conditionOrClosed() condition {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return condition{Closed, s.last.err}
	}
	return s.condition()
}

// silence is how long a device has made no cycle, as far as looks at its counter can
// tell. A look counts for two of the monitor's turns at most: when this process, the
// isolate or the whole machine was held up, the next look finds no cycle either, and
// that says nothing about the device.
type silence struct {
	known  bool // there was a look
	cycles uint64
	at     int64 // of the last look
	lasted int64
}

// look notes that the device had made so many cycles at a time, and returns how long
// it has made none.
func (s *silence) look(cycles uint64, at int64) (lasted int64) {
	if !s.known || cycles != s.cycles {
		s.lasted = 0
	} else {
		s.lasted += min(max(0, at-s.at), 2*int64(monitorEvery))
	}
	s.known, s.cycles, s.at = true, cycles, at
	return s.lasted
}
