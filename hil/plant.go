package hil

// Plant is the simulated part of a rig: what the device under test controls. Package
// plant has the usual ones.
//
// A Plant belongs to the goroutine that runs the rig.
type Plant interface {
	// Step holds the inputs u for t.Period, and writes the outputs at the end of it
	// to y. With t.Period 0 it writes the outputs of the present state. It keeps
	// neither slice. It must not allocate, and in a paced rig not block. An error
	// ends the run.
	Step(t Tick, u, y []float64) error
	// Save appends the whole state to b. The same state gives the same bytes.
	Save(b []byte) []byte
	// Restore returns to a state that Save wrote. It refuses bytes of another plant.
	Restore(b []byte) error
}
