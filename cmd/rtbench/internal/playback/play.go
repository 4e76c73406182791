package playback

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What the process that asked writes, a line each, in this order.
const (
	sayCount = "count" // the quiet part begins
	sayLoad  = "load"  // and ends: start the load
	sayStop  = "stop"
)

// said is what the playing process answers: after each line, and at the end with
// what it played.
type said struct {
	Played *Played
}

// Play does a job in this process: it takes lines from in and answers on out. It
// returns when it was told to stop, or when ctx ends.
func Play(ctx context.Context, j Job, in io.Reader, out io.Writer) error {
	p, err := newPlayer(j)
	if err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	return follow(ctx, j, p, in, gob.NewEncoder(out))
}

// follow does what the lines say.
func follow(ctx context.Context, j Job, p player, in io.Reader, answers *gob.Encoder) error {
	done := &Played{}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	if err := answers.Encode(said{}); err != nil {
		return err
	}
	var (
		allocs, blocks uint64
		l              *load
	)
	for {
		var line string
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case text, ok := <-lines:
			if !ok {
				return errors.New("the process that asked is gone")
			}
			line = text
		}
		switch strings.TrimSpace(line) {
		case sayCount:
			p.counts() // the first reading may allocate itself
			allocs, blocks = p.counts()
		case sayLoad:
			a, b := p.counts()
			done.Allocs, done.Blocks = a-allocs, b-blocks
			done.ExecP50, done.ExecP99 = p.exec()
			l = startLoad(j)
		case sayStop:
			if l != nil {
				done.Collections, done.Loaded = l.end()
			}
			if err := p.stop(done); err != nil {
				return err
			}
			return answers.Encode(said{done})
		default:
			return fmt.Errorf("told %q; want %s, %s or %s", line, sayCount, sayLoad, sayStop)
		}
		if err := answers.Encode(said{}); err != nil {
			return err
		}
	}
}
