package handle

// Stats is a space's account, in bytes with headers.
type Stats struct {
	Capacity int
	High     int // end of the last block
	Live     int
	Blocks   int
	Moved    uint64 // by compaction, ever
}

// Stats reports the space's account.
func (s *Space) Stats() Stats {
	return Stats{len(s.region), s.high, s.live, s.count, s.moved}
}
