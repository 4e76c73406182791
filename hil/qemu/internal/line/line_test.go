package line

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/rt"
)

// frames splits bytes into frames of a length byte and that many bytes; 0 begins none.
func frames(b []byte) int {
	switch {
	case b[0] == 0:
		return -1
	case len(b) < 1+int(b[0]):
		return 0
	}
	return 1 + int(b[0])
}

func pair(t *testing.T) (*Line, *os.File) {
	t.Helper()
	s, other, err := Pair()
	if err != nil {
		t.Skip(err)
	}
	l := New(s, frames)
	t.Cleanup(func() { l.Close(); other.Close() })
	return l, other
}

func receive(t *testing.T, l *Line, want string) {
	t.Helper()
	b := make([]byte, 64)
	if n, err := l.Receive(hil.Tick{}, b, 0); err != nil || string(b[:n]) != want {
		t.Fatalf("received %q, %v; want %q", b[:n], err, want)
	}
}

func receiveError(t *testing.T, l *Line, want error) {
	t.Helper()
	if n, err := l.Receive(hil.Tick{}, make([]byte, 64), 0); err != want {
		t.Fatalf("received %d bytes, %v; want %v", n, err, want)
	}
}

func write(t *testing.T, f *os.File, text string) {
	t.Helper()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestFramesArriveWhole(t *testing.T) {
	l, other := pair(t)
	receiveError(t, l, hil.ErrEmpty)
	write(t, other, "\x02ab\x00\x00\x03cd")
	receive(t, l, "\x02ab")
	receiveError(t, l, hil.ErrEmpty)
	write(t, other, "e\x01f")
	receive(t, l, "\x03cde")
	receive(t, l, "\x01f")
	write(t, other, "\x09half a f") // and then the device is reset
	l.Clear()
	write(t, other, "\x01g")
	receive(t, l, "\x01g")
}

// Split functions that want more than there can ever be, or skip more than there is.
func TestSplitThatIsWrong(t *testing.T) {
	for _, n := range []int{0, -1000, 1000} {
		s, other, err := Pair()
		if err != nil {
			t.Skip(err)
		}
		l := New(s, func([]byte) int { return n })
		for range 3 {
			write(t, other, string(make([]byte, room)))
			if _, err := l.Receive(hil.Tick{}, make([]byte, 10), 0); err == hil.ErrDown {
				t.Errorf("a split of %d ends the link", n)
			}
		}
		l.Close()
		other.Close()
	}
}

func TestSendAndPause(t *testing.T) {
	l, other := pair(t)
	b := make([]byte, 10)
	if err := l.Send(hil.Tick{}, []byte("abc")); err != nil {
		t.Fatal(err)
	}
	if n, err := other.Read(b); err != nil || string(b[:n]) != "abc" {
		t.Fatalf("the device got %q, %v", b[:n], err)
	}
	write(t, other, "\x01x")
	l.Pause(true)
	if err := l.Send(hil.Tick{}, []byte("lost")); err != nil || l.Lost() != 1 {
		t.Errorf("sent to a paused device: %v, %d lost", err, l.Lost())
	}
	receive(t, l, "\x01x") // on its way before the pause
	// No deadline is waited for.
	if _, err := l.Receive(hil.Tick{}, b, rt.Now()+int64(time.Hour)); err != hil.ErrNone {
		t.Errorf("a paused device: %v, want ErrNone", err)
	}
	l.Pause(false)
	if err := l.Send(hil.Tick{}, []byte("de")); err != nil {
		t.Fatal(err)
	}
	if n, err := other.Read(b); err != nil || string(b[:n]) != "de" {
		t.Fatalf("after the pause the device got %q, %v", b[:n], err)
	}
}

func TestReceiveWaitsForTheDeadline(t *testing.T) {
	l, other := pair(t)
	b := make([]byte, 10)
	for _, wait := range []time.Duration{time.Millisecond, 2 * patience} {
		until := rt.Now() + int64(wait)
		if _, err := l.Receive(hil.Tick{}, b, until); err != hil.ErrEmpty || rt.Now() < until {
			t.Errorf("%v: %v, %v early", wait, err, time.Duration(until-rt.Now()))
		}
	}
	done := make(chan error)
	go func() {
		_, err := other.WriteString("\x01z")
		done <- err
	}()
	if n, err := l.Receive(hil.Tick{}, b, rt.Now()+int64(time.Minute)); err != nil || string(b[:n]) != "\x01z" {
		t.Errorf("received %q, %v", b[:n], err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestDeviceThatDoesNotRead(t *testing.T) {
	l, _ := pair(t)
	frame := make([]byte, hil.MaxFrame)
	for i := 0; l.Lost() == 0; i++ {
		if err := l.Send(hil.Tick{}, frame); err != nil || i > 1e6 {
			t.Fatalf("frame %d: %v", i, err)
		}
	}
}

func TestDeviceThatHasGone(t *testing.T) {
	l, other := pair(t)
	write(t, other, "\x01y")
	other.Close()
	receive(t, l, "\x01y")
	receiveError(t, l, hil.ErrDown)
	if err := l.Send(hil.Tick{}, []byte("a")); err != hil.ErrDown {
		t.Errorf("sent to a device that has gone: %v", err)
	}
	if errors.Join(l.Close(), l.Close()) != nil {
		t.Error("closing twice is an error")
	}
	receiveError(t, l, hil.ErrDown)
	if err := l.Send(hil.Tick{}, []byte("a")); err != hil.ErrDown {
		t.Errorf("sent over a closed line: %v", err)
	}
}

func TestLineAllocatesNothing(t *testing.T) {
	l, other := pair(t)
	device, b := make([]byte, 10), make([]byte, 10)
	text := []byte("\x02ab")
	if n := testing.AllocsPerRun(100, func() {
		l.Send(hil.Tick{}, text)
		other.Read(device)
		other.Write(text)
		l.Receive(hil.Tick{}, b, rt.Now()+int64(time.Second))
	}); n != 0 {
		t.Errorf("%v allocations an exchange", n)
	}
}
