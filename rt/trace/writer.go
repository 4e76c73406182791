package trace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Process is what a viewer groups a trace's threads under.
type Process struct {
	// Name; empty means the program's file name.
	Name string
	// ID of the process whose threads are traced; zero means this one.
	ID int
}

// Writer drains buffers and writes a Perfetto trace. It is for one ordinary
// goroutine.
type Writer struct {
	out     io.Writer
	threads []*thread
	packets []byte
	err     error // the first; nothing is written behind it
}

// flushSize is when packets go out within a drain: large enough that system calls
// cost little compared with encoding (about 100 ns an event), small enough to stay
// in the cache.
const flushSize = 64 << 10

// NewWriter claims the draining side of each buffer, one track each. Nothing is
// written before the first Drain.
func NewWriter(out io.Writer, p Process, buffers ...*Buffer) (*Writer, error) {
	if p.ID == 0 {
		p.ID = os.Getpid()
	}
	if p.Name == "" {
		p.Name = filepath.Base(os.Args[0])
	}
	if len(buffers) > maxThreads {
		return nil, fmt.Errorf("trace: %d buffers: at most %d in one trace", len(buffers), maxThreads)
	}
	w := &Writer{out: out}
	w.packets = appendHeader(w.packets, p)
	for i, b := range buffers {
		t, err := newThread(b, p, i)
		if err != nil {
			return nil, errors.Join(err, w.release())
		}
		w.threads = append(w.threads, t)
		w.packets = t.appendTracks(w.packets, p)
	}
	return w, nil
}

// Drain writes what the buffers hold, at most one full buffer a thread. The first
// error, the io.Writer's or [ErrNames], ends the trace: every later call returns
// it.
func (w *Writer) Drain() error {
	for _, t := range w.threads {
		if w.err == nil {
			w.err = t.checkNames()
		}
		for range t.buffer.Cap() {
			e, ok := t.events.Pop()
			if !ok {
				break
			}
			w.packets = t.appendEvent(w.packets, e)
			if len(w.packets) >= flushSize {
				w.flush()
			}
		}
	}
	w.flush()
	return w.err
}

// Run drains every so often until ctx ends or an error occurs. The end of the
// context is not an error. Call Close afterwards, once no tracer records.
func (w *Writer) Run(ctx context.Context, every time.Duration) error {
	if every <= 0 {
		return fmt.Errorf("trace: Run every %v: must be positive; give e.g. 10*time.Millisecond", every)
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	defer w.handOver()
	for {
		if err := w.Drain(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// handOver lets another goroutine than Run's close the trace.
func (w *Writer) handOver() {
	for _, t := range w.threads {
		t.events.HandOver()
		t.status.HandOver()
	}
}

// Stats counts so far.
func (w *Writer) Stats() Stats {
	var s Stats
	for _, t := range w.threads {
		s.Written += t.stats.Written
		s.Dropped += t.stats.Dropped
	}
	return s
}

// Close drains a last time, adds the number of events dropped at the end, and gives
// the buffers back. A tracer that still records may lose events from the trace
// uncounted. The io.Writer stays open.
func (w *Writer) Close() error {
	w.Drain() // its error is w.err
	for _, t := range w.threads {
		w.packets = t.appendTail(w.packets)
	}
	w.flush()
	return errors.Join(w.err, w.release())
}

func (w *Writer) flush() {
	if w.err == nil {
		_, w.err = w.out.Write(w.packets)
	}
	w.packets = w.packets[:0]
}

func (w *Writer) release() error {
	var errs []error
	for _, t := range w.threads {
		errs = append(errs, t.events.Close(), t.status.Close())
	}
	return errors.Join(errs...)
}
