package rt

import (
	"runtime"
	"testing"
)

type message struct {
	Number uint64
	Text   [16]byte
}

var (
	questions = NewQueue[message]("questions", 64)
	answers   = NewQueue[message]("answers", 64)
)

var echoEntry = Entry("test echo", func(c *Child) error {
	in, err := questions.Consumer(c)
	if err != nil {
		return err
	}
	out, err := answers.Producer(c)
	if err != nil {
		return err
	}
	for c.Context().Err() == nil {
		m, ok := in.Pop()
		for ok && !out.Push(m) {
			runtime.Gosched()
		}
		if !ok {
			runtime.Gosched()
		}
	}
	return nil
})

// echoes sends messages there and back and checks their order.
func echoes(t *testing.T, i *Isolate, n uint64) {
	t.Helper()
	out, err := questions.Producer(i)
	if err != nil {
		t.Fatal(err)
	}
	in, err := answers.Consumer(i)
	if err != nil {
		t.Fatal(err)
	}
	for sent, received := uint64(0), uint64(0); received < n; {
		if sent < n && out.Push(message{Number: sent}) {
			sent++
		}
		m, ok := in.Pop()
		switch {
		case !ok:
			runtime.Gosched()
		case m.Number != received:
			t.Fatalf("answer %d, want %d", m.Number, received)
		default:
			received++
		}
		select {
		case <-i.Done():
			t.Fatal(i.Wait())
		default:
		}
	}
}

func TestEchoes(t *testing.T) {
	for _, inside := range []bool{false, true} {
		i, err := Start(t.Context(), echoEntry, IsolateConfig{Channels: []Channel{questions, answers}, InProcess: inside})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(i.PID(), i.Started())
		echoes(t, i, 20_000)
		if err := i.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
}
