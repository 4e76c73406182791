package audio

import (
	"slices"
	"testing"
)

// TestEvents: an event takes effect at its frame, in the order of frames and then
// of Send, late ones at once.
func TestEvents(t *testing.T) {
	type seen struct {
		frame int64
		value float64
	}
	var got []seen
	s := mustOpen(t, Config{Backend: Offline, Frames: 16, Out: 1, Queue: 8}, &process{process: func(b *Block) {
		last := int32(0)
		for _, e := range b.Events {
			if e.Offset < last || int(e.Offset) >= b.N {
				t.Errorf("offset %d in a block of %d, after %d", e.Offset, b.N, last)
			}
			last = e.Offset
			got = append(got, seen{b.Frame + int64(e.Offset), e.Value})
		}
	}}, &host)
	send := func(frame int64, value float64) {
		if !s.Send(Event{Frame: frame, Value: value}) {
			t.Errorf("Send of %v refused", value)
		}
	}
	render := func(frames int) {
		if err := s.Render([][]float32{make([]float32, frames)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	send(40, 1)
	send(20, 2)
	send(0, 3)
	send(20, 4)
	send(15, 5)
	send(16, 6)
	render(48)
	send(10, 7)
	send(0, 8)
	send(-1, 9)
	render(16)
	want := []seen{{0, 3}, {15, 5}, {16, 6}, {20, 2}, {20, 4}, {40, 1}, {48, 8}, {48, 9}, {48, 7}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if st := s.Stats(); st.EventsLate != 2 {
		t.Errorf("%d late events, want 2", st.EventsLate)
	}
	for i := range 8 {
		send(1000, float64(i))
	}
	if s.Send(Event{Frame: 1000}) {
		t.Error("a full queue takes one more")
	}
	if !s.Send(Event{}) {
		t.Error("a full queue of scheduled events holds up one for the next block")
	}
	if st := s.Stats(); st.EventsRefused != 1 {
		t.Errorf("%d refused, want 1", st.EventsRefused)
	}
}

// TestFarEvents: events for later fill the inbox and then the queue; none is lost.
func TestFarEvents(t *testing.T) {
	n := 0
	s := mustOpen(t, Config{Backend: Offline, Frames: 16, Out: 1, Queue: 8}, &process{process: func(b *Block) { n += len(b.Events) }}, &host)
	out := [][]float32{make([]float32, 16)}
	sent := 0
	for range 3 {
		for s.Send(Event{Frame: 100}) {
			sent++
		}
		if err := s.Render(out, nil); err != nil {
			t.Fatal(err)
		}
	}
	if sent != 16 {
		t.Errorf("%d were taken, want 8 in the inbox and 8 in the queue", sent)
	}
	for range 10 {
		if err := s.Render(out, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n != sent {
		t.Errorf("%d arrived of %d", n, sent)
	}
}

func TestNotify(t *testing.T) {
	s := mustOpen(t, Config{Backend: Offline, Frames: 16, Out: 1, Queue: 4}, &process{process: func(b *Block) {
		b.Notify(Event{Kind: MIDI, Offset: 3, MIDI: [3]byte{0x90, 60, 100}})
	}}, &host)
	if err := s.Render([][]float32{make([]float32, 16*6)}, nil); err != nil {
		t.Fatal(err)
	}
	for i := range int64(4) {
		if e, ok := s.Receive(); !ok || e.Frame != 16*i+3 || e.MIDI != [3]byte{0x90, 60, 100} {
			t.Errorf("event %d: %+v, %v", i, e, ok)
		}
	}
	if _, ok := s.Receive(); ok {
		t.Error("a fifth event")
	}
	if st := s.Stats(); st.NotifyLost != 2 {
		t.Errorf("%d lost, want 2", st.NotifyLost)
	}
}

// FuzzInbox compares with a sort.
func FuzzInbox(f *testing.F) {
	f.Add([]byte{1, 5, 3, 0, 200, 3, 9})
	f.Fuzz(func(t *testing.T, frames []byte) {
		frames = frames[:min(len(frames), 64)]
		var got []Event
		s := mustOpen(t, Config{Backend: Offline, Frames: 7, Out: 1, Queue: 64}, &process{process: func(b *Block) {
			for _, e := range b.Events {
				if e.Frame != b.Frame+int64(e.Offset) {
					t.Fatalf("event %+v in the block at %d", e, b.Frame)
				}
				got = append(got, e)
			}
		}}, &host)
		var want []Event
		for i, at := range frames {
			e := Event{Frame: int64(at), Param: uint32(i)}
			if !s.Send(e) {
				t.Fatal("Send refused")
			}
			want = append(want, e)
		}
		if err := s.Render([][]float32{make([]float32, 256)}, nil); err != nil {
			t.Fatal(err)
		}
		slices.SortStableFunc(want, func(a, b Event) int { return int(a.Frame - b.Frame) })
		for i := range want {
			got[i].Offset = 0
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// TestBurst: a block brings 256 scheduled events at most, the next ones the rest, in
// order; these are counted as delayed, not as late. So it is with a burst that has
// waited in the queue, and with one that was taken long before.
func TestBurst(t *testing.T) {
	for _, frame := range []int64{1, 640} {
		var brought []int
		next := 0
		s := mustOpen(t, Config{Backend: Offline, Out: 1}, &process{process: func(b *Block) {
			if n := len(b.Events); n > 0 {
				brought = append(brought, n)
			}
			for _, e := range b.Events {
				if e.Param != uint32(next) {
					t.Errorf("event %d after %d", e.Param, next-1)
				}
				next++
			}
		}}, &host)
		for i := range 600 {
			if !s.Send(Event{Kind: ParamChange, Frame: frame, Param: uint32(i)}) {
				t.Fatal("refused")
			}
		}
		if err := s.Render(buffers(1, 64), nil); err != nil {
			t.Fatal(err)
		}
		if taken := len(brought)*blockEvents + len(s.source.(*local).engine.inbox.pending.heap); taken != blockEvents {
			t.Errorf("frame %d: the first block takes %d events from the queue, want %d", frame, taken, blockEvents)
		}
		if err := s.Render(buffers(1, 13*64), nil); err != nil {
			t.Fatal(err)
		}
		if want := []int{256, 256, 88}; !slices.Equal(brought, want) || s.Stats().EventsDelayed != 344 || s.Stats().EventsLate != 0 {
			t.Errorf("frame %d: blocks bring %v, %d delayed, want %v and 344", frame, brought, s.Stats().EventsDelayed, want)
		}
	}
}
