package audio

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
