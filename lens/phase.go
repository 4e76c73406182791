package lens

import (
	"fmt"
	"time"
)

// Phase is a part of a check.
type Phase struct {
	Name string
	// Wall is how long it took.
	Wall time.Duration
	// Processor is the processor time of this process and of the go commands that ended
	// meanwhile; 0 where the system does not tell.
	Processor time.Duration
}

// String is a line of a table.
func (p Phase) String() string {
	return fmt.Sprintf("%-14s %8.2f s %8.2f s", p.Name, p.Wall.Seconds(), p.Processor.Seconds())
}
