package suite

import "github.com/memkit-go/memkit/rt/arena"

// inArena runs f over a fresh arena of size bytes with huge pages, resident and,
// where the process may, locked.
func inArena[R any](size int, f func(region []byte) (R, error)) (R, error) {
	a, err := arena.New(arena.Config{Size: size, Name: "rtbench", Huge: true})
	if err != nil {
		var none R
		return none, err
	}
	r, err := f(a.Bytes()[:size])
	if closing := a.Close(); err == nil {
		err = closing
	}
	return r, err
}
