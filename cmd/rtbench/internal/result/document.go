package result

// Document is what a command found.
type Document struct {
	// Data is what JSON holds.
	Data any
	// Text prints the same for a reader.
	Text func(*Page) error
}
