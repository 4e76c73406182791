//go:build race

package arena

// The race detector sees only Go memory, so private arenas are that.
const raceEnabled = true
