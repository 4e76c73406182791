//go:build linux && !amd64

package guard

// aimedStop needs a breakpoint of this architecture.
func (m *matrix) aimedStop() { m.t.Log("aimed stops are for amd64") }
