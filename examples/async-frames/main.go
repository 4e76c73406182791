// Command async-frames shares each frame of a game between two tasks; a frame ends
// when both have released their memory.
//
//	go run ./examples/async-frames
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/memkit-go/memkit/async"
	"github.com/memkit-go/memkit/core"
)

type contact struct {
	A, B  int32
	Depth float32
}

type drawCommand struct{ Mesh, Material int32 }

var (
	contacts = core.MustType[contact]()
	commands = core.MustType[drawCommand]()
)

func main() {
	if err := run(context.Background(), os.Stdout, 3); err != nil {
		log.Fatal(err)
	}
}

// run plays a number of frames.
func run(ctx context.Context, out io.Writer, rounds int) error {
	frames, err := async.NewFrames(async.FramesConfig{Name: "game", Count: 2, Size: 64 << 10})
	if err != nil {
		return err
	}
	for i := range rounds {
		if err = play(ctx, out, frames, i); err != nil {
			break
		}
	}
	return errors.Join(err, frames.Close())
}

func play(ctx context.Context, out io.Writer, frames *async.Frames, number int) error {
	frame, err := frames.Begin(ctx)
	if err != nil {
		return err
	}
	err = async.Run(ctx, func(s *async.Scope) error {
		s.Go(func(ctx context.Context) error { return physics(ctx, frame.Tagged("physics")) })
		s.Go(func(ctx context.Context) error { return render(ctx, frame.Tagged("render")) })
		return nil
	})
	fmt.Fprintf(out, "frame %d: %d bytes\n", number, frame.Used())
	// A task that kept its memory would be named here.
	end, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return errors.Join(err, frame.End(end))
}

func physics(ctx context.Context, frame async.Frame) error {
	list, err := async.Make(ctx, frame, contacts, 1000)
	if err != nil {
		return err
	}
	defer list.Release()
	for i := range list.Slice() {
		list.Slice()[i].Depth = float32(i)
	}
	return nil
}

func render(ctx context.Context, frame async.Frame) error {
	list, err := async.Make(ctx, frame, commands, 500)
	if err != nil {
		return err
	}
	defer list.Release()
	for i := range list.Slice() {
		list.Slice()[i].Mesh = int32(i)
	}
	return nil
}
