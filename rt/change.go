package rt

import "fmt"

// Change is one setting that [Setup] changed, or tried to.
type Change struct {
	// Setting, "GOMAXPROCS".
	Setting string
	// Before and After are its values; After equals Before when refused.
	Before, After string
	// Refused says why it could not be changed, nil when it was.
	Refused error
}

// String is "GOMAXPROCS: 2, was 3", or names the refusal.
func (c Change) String() string {
	if c.Refused != nil {
		return fmt.Sprintf("%s: %s, unchanged: %v", c.Setting, c.Before, c.Refused)
	}
	return fmt.Sprintf("%s: %s, was %s", c.Setting, c.After, c.Before)
}
