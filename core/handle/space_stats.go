package handle

import "fmt"

// Stats are a space's statistics, in bytes with headers.
type Stats struct {
	Capacity int
	High     int // end of the last block
	Live     int
	Blocks   int
	Moved    uint64 // by compaction, ever
}

// Stats returns the space's statistics.
func (s *Space) Stats() Stats {
	return Stats{len(s.region), s.high, s.live, s.count, s.moved}
}

func (s Stats) String() string {
	return fmt.Sprintf("%d of %d bytes live in %d blocks, up to byte %d; %d bytes moved", s.Live, s.Capacity, s.Blocks, s.High, s.Moved)
}
