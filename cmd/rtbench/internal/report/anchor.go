package report

import (
	"strconv"
	"strings"
)

// anchors hands out page-unique fragment identifiers.
type anchors struct{ taken map[string]bool }

func newAnchors() anchors { return anchors{map[string]bool{}} }

// unique turns a benchmark's name into an identifier that stays the same from
// run to run: "loop/wake-1ms" is "loop-wake-1ms".
func (a anchors) unique(name string) string {
	base := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', 'A' <= r && r <= 'Z':
			return r
		default:
			return '-'
		}
	}, name)
	id := "bench-" + base
	for n := 2; a.taken[id]; n++ {
		id = "bench-" + base + "-" + strconv.Itoa(n)
	}
	a.taken[id] = true
	return id
}
