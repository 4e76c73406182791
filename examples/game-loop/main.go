// Command game-loop is a game's main loop on memkit: frame memory for what lives
// one frame, a tag with a budget and an intent for physics, a pool for entities,
// the heap for textures.
//
//	go run ./examples/game-loop
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/memkit-go/memkit/core"
)

const frames = 60

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	a, err := core.New(core.Config{Name: "game", FrameSize: 256 << 10, HeapSize: 4 << 20})
	if err != nil {
		return err
	}
	g, err := newGame(a)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	for range frames {
		if err := g.step(); err != nil {
			return errors.Join(err, g.close())
		}
	}
	g.report(out)
	return g.close()
}

func (g *game) report(out io.Writer) {
	s := g.last
	fmt.Fprintf(out, "frame %d: %d bytes in %d allocations, %d entities\n", s.Frame, s.Bytes, s.Allocs, len(g.entities))
	for p := range g.lane.Frame().Phases() {
		fmt.Fprintf(out, "  phase %-8s %7d bytes\n", p.Name, p.Bytes)
	}
	for t := range g.lane.Frame().Tags() {
		fmt.Fprintf(out, "  tag %-10s %7d bytes\n", t.Name, t.Bytes)
	}
	for i := range g.lane.Frame().Intents() {
		fmt.Fprintf(out, "  intent %-8v %6d bytes\n", i.Intent, i.Bytes)
	}
}
