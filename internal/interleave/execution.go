//go:build interleave || race

package interleave

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/memkit-go/memkit/internal/atomics"
)

// execution is one run of a model.
type execution struct {
	search  *search
	threads []*Thread
	tracing bool
	trace   []string
}

func newExecution(s *search) *execution {
	e := &execution{search: s}
	for i, body := range s.model.Start() {
		t := &Thread{execution: e, id: i}
		t.next, t.stop = iter.Pull(t.run(body))
		e.threads = append(e.threads, t)
		t.advance()
	}
	return e
}

// stop ends the threads that are still suspended.
func (e *execution) stop() {
	for _, t := range e.threads {
		t.stop()
	}
}

// choices lists what can happen next, in a fixed order.
func (e *execution) choices() []choice {
	var c []choice
	for i, t := range e.threads {
		if !t.done && !(t.pending.Kind == atomics.Changing && len(t.buffer) > 0) {
			c = append(c, choice{thread: i})
		}
	}
	for i, t := range e.threads {
		if len(t.buffer) > 0 {
			c = append(c, choice{thread: i, flush: true})
		}
	}
	return c
}

// do makes one choice come true.
func (e *execution) do(c choice) error {
	t := e.threads[c.thread]
	if c.flush {
		a := t.buffer[0]
		t.buffer = t.buffer[1:]
		a.Perform()
		e.log(t, "the store of %d to word %d reaches memory", a.Value, uint64(e.search.index(a)))
		return nil
	}
	if t.done {
		return fmt.Errorf("thread %d ended earlier than before: the model is not deterministic, or Start does not restore all memory", t.id)
	}
	if err := t.perform(); err != nil {
		return err
	}
	t.advance()
	return t.err
}

func (e *execution) log(t *Thread, format string, args ...uint64) {
	if !e.tracing {
		return
	}
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a
	}
	e.trace = append(e.trace, fmt.Sprintf("thread %d: ", t.id)+fmt.Sprintf(format, values...))
}

// final judges the run after all threads ended.
func (e *execution) final() error {
	if e.search.model.Final == nil {
		return nil
	}
	logs := make([][]uint64, len(e.threads))
	for i, t := range e.threads {
		logs[i] = t.Log
	}
	return e.search.model.Final(logs)
}

// key encodes everything that the rest of the run depends on.
func (e *execution) key() string {
	var k []byte
	for _, w := range e.search.words {
		k = binary.LittleEndian.AppendUint64(k, w.now())
	}
	for _, t := range e.threads {
		k = binary.AppendUvarint(k, uint64(len(t.buffer)))
		for _, a := range t.buffer {
			k = binary.AppendUvarint(k, uint64(e.search.index(a)))
			k = binary.AppendUvarint(k, a.Value)
		}
		k = binary.AppendUvarint(k, t.forgotten)
		k = appendAll(k, t.seen)
		k = appendAll(k, t.Log)
		k = appendAll(k, t.held)
	}
	return string(k)
}

func appendAll(k []byte, values []uint64) []byte {
	k = binary.AppendUvarint(k, uint64(len(values)))
	for _, v := range values {
		k = binary.AppendUvarint(k, v)
	}
	return k
}
