// Command basic is the smallest program with memkit's frame memory: allocate, use, end.
//
//	go run ./examples/basic
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/memkit-go/memkit/core"
)

type sample struct{ Time, Value float64 }

var samples = core.MustType[sample]()

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	a, err := core.New(core.Config{Name: "basic"})
	if err != nil {
		return err
	}
	lane, err := a.Lane()
	if err != nil {
		return err
	}
	if err := frame(out, lane); err != nil {
		return errors.Join(err, a.Close())
	}
	return a.Close()
}

func frame(out io.Writer, lane *core.Lane) error {
	f, err := lane.Begin()
	if err != nil {
		return err
	}
	window, err := samples.Make(f, 64)
	if err != nil {
		f.End()
		return err
	}
	for i := range window.Slice() {
		window.Slice()[i] = sample{float64(i) / 1000, 1}
	}
	s, err := f.End()
	if err != nil {
		return err
	}
	_, stale := window.Get()
	fmt.Fprintf(out, "frame %d: %d bytes in %d allocation\nafter End: %v\n", s.Frame, s.Bytes, s.Allocs, stale)
	return nil
}
