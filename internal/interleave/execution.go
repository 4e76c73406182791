package interleave

import (
	"encoding/binary"
	"fmt"
	"iter"
)

// execution is one run of a model.
type execution struct {
	model   *Model
	memory  []uint64
	threads []*Thread
	tracing bool
	trace   []string
}

func newExecution(m *Model) *execution {
	e := &execution{model: m, memory: make([]uint64, m.Words)}
	if m.Init != nil {
		m.Init(e.memory)
	}
	for i, body := range m.Threads {
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
		if !t.done && !(t.pending.fence && len(t.buffer) > 0) {
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
		w := t.buffer[0]
		t.buffer = t.buffer[1:]
		e.memory[w.address] = w.value
		e.log(t, "memory[%d] = %d reaches memory", uint64(w.address), w.value)
		return nil
	}
	t.pending.perform()
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
	if e.model.Final == nil {
		return nil
	}
	logs := make([][]uint64, len(e.threads))
	for i, t := range e.threads {
		logs[i] = t.Log
	}
	return e.model.Final(e.memory, logs)
}

// key encodes everything that the rest of the run depends on.
func (e *execution) key() string {
	var k []byte
	for _, w := range e.memory {
		k = binary.AppendUvarint(k, w)
	}
	for _, t := range e.threads {
		k = binary.AppendUvarint(k, uint64(len(t.buffer)))
		for _, w := range t.buffer {
			k = binary.AppendUvarint(k, uint64(w.address))
			k = binary.AppendUvarint(k, w.value)
		}
		k = binary.AppendUvarint(k, t.forgotten)
		k = appendAll(k, t.seen)
		k = appendAll(k, t.Log)
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
