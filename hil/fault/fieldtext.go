package fault

import "fmt"

// String is the number of faults.
func (p *Plan) String() string { return fmt.Sprintf("%d faults", len(p.entries)) }
