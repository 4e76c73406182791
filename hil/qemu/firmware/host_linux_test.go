package firmware

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/rt"
)

func newHost(t *testing.T, c HostConfig) *Host {
	t.Helper()
	h, err := NewHost(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// exchange sends a request and waits for its reply.
func exchange(t *testing.T, h *Host, r Request) (reply Reply, err error) {
	t.Helper()
	if err := h.Send(hil.Tick{}, frameOf(r)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, FrameSize)
	n, err := h.Receive(hil.Tick{}, b, rt.Now()+int64(time.Minute))
	if err == nil && !reply.Parse(b[:n]) {
		t.Fatalf("the reply is % x", b[:n])
	}
	return reply, err
}

func TestHostIsTheDevice(t *testing.T) {
	h := newHost(t, HostConfig{})
	var d Device
	for i := range uint32(100) {
		r := Request{Head: Step, Sequence: i + 1, Set: Fixed(10), Measured: Fixed(float64(i) / 10)}
		want := ask(t, &d, r)
		if got, err := exchange(t, h, r); err != nil || got != want {
			t.Fatalf("step %d: %+v, %v, want %+v", i, got, err, want)
		}
	}
	if err := h.Reset(); err != nil {
		t.Fatal(err)
	}
	d = Device{}
	r := Request{Head: Step, Sequence: 1, Set: Fixed(10)}
	if got, err := exchange(t, h, r); err != nil || got != ask(t, &d, r) {
		t.Errorf("after a reset: %+v, %v", got, err)
	}
	// A pause loses the frames that are sent, and a reset within it takes effect at its end.
	h.Pause(true)
	if _, err := exchange(t, h, Request{Head: Step, Sequence: 2}); err != hil.ErrNone {
		t.Errorf("a paused device: %v", err)
	}
	h.Reset()
	h.Pause(false)
	d = Device{}
	r.Sequence = 3
	if got, err := exchange(t, h, r); err != nil || got != ask(t, &d, r) {
		t.Errorf("after a pause with a reset: %+v, %v", got, err)
	}
}

func TestHostCloses(t *testing.T) {
	h := newHost(t, HostConfig{})
	if errors.Join(h.Close(), h.Close()) != nil {
		t.Error("closing twice is an error")
	}
	if err := h.Send(hil.Tick{}, make([]byte, FrameSize)); err != hil.ErrDown {
		t.Errorf("sent to a closed device: %v", err)
	}
	if _, err := h.Receive(hil.Tick{}, make([]byte, FrameSize), 0); err != hil.ErrDown {
		t.Errorf("received from a closed device: %v", err)
	}
}

func TestHostPolicy(t *testing.T) {
	var wrong *rt.ConfigError
	if _, err := NewHost(HostConfig{Policy: rt.Deadline(1, 2)}); !errors.As(err, &wrong) {
		t.Errorf("SCHED_DEADLINE: %v", err)
	}
	h, err := NewHost(HostConfig{Policy: rt.FIFO(10)})
	var refused *rt.PrivilegeError
	if errors.As(err, &refused) && errors.Is(err, unix.EPERM) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if _, err := exchange(t, h, Request{Head: Hello, Sequence: 1}); err != nil {
		t.Error(err)
	}
	for c, want := range map[HostConfig]string{{}: "defaults", {Policy: rt.FIFO(10)}: "Policy SCHED_FIFO 10"} {
		if c.String() != want {
			t.Errorf("%q, want %q", c.String(), want)
		}
	}
}
