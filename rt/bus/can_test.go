package bus

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

func openFake(t *testing.T, k *fakeCAN, c CANConfig) *CAN {
	t.Helper()
	c.Interface = "can0"
	p, err := k.open(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCANFrames: identifiers, formats and lengths arrive as they were sent.
func TestCANFrames(t *testing.T) {
	k := newFakeCAN(true)
	a, b := openFake(t, k, CANConfig{FD: true}), openFake(t, k, CANConfig{FD: true})
	for _, want := range []CANFrame{
		{ID: CANID{Value: 0x7FF}, Size: 8, Data: [64]byte{1, 2, 3, 4, 5, 6, 7, 8}},
		{ID: CANID{Value: 0x1FFFFFFF, Extended: true}, Size: 1, Data: [64]byte{9}},
		{ID: CANID{Value: 1}, Remote: true, Size: 4},
		{ID: CANID{Value: 2}, FD: true, BitRateSwitch: true, Size: 48, Data: [64]byte{47: 7}},
		{ID: CANID{Value: 3, Extended: true}, FD: true, Size: 0},
		{ID: CANID{}, Size: 0},
	} {
		if err := a.SendFrame(&want); err != nil {
			t.Fatalf("%+v: %v", want, err)
		}
		var got CANFrame
		got.Data[63] = 5 // of an older frame
		if _, err := b.ReceiveFrame(&got); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	for _, f := range []CANFrame{
		{Size: 9}, {Size: -1}, {ID: CANID{Value: 0x800}}, {ID: CANID{Value: 1 << 29, Extended: true}},
		{FD: true, Size: 65}, {FD: true, Remote: true},
	} {
		if err := a.SendFrame(&f); err != ErrSize {
			t.Errorf("%+v: %v", f, err)
		}
	}
	classic := openFake(t, k, CANConfig{})
	if err := classic.SendFrame(&CANFrame{FD: true, Size: 12}); err != ErrSize {
		t.Errorf("an FD frame from a classic port: %v", err)
	}
}

// TestCANPadding: FD data is filled up to a length that FD has.
func TestCANPadding(t *testing.T) {
	k := newFakeCAN(true)
	a, b := openFake(t, k, CANConfig{FD: true}), openFake(t, k, CANConfig{FD: true})
	buffer := make([]byte, 64)
	for n, want := range map[int]int{0: 0, 8: 8, 9: 12, 13: 16, 33: 48, 49: 64} {
		if err := a.Send(make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		if got, _, err := b.Receive(buffer); got != want || err != nil {
			t.Errorf("%d bytes arrived as %d, %v; want %d", n, got, err, want)
		}
	}
}

func TestCANFilters(t *testing.T) {
	k := newFakeCAN(false)
	a := openFake(t, k, CANConfig{})
	b := openFake(t, k, CANConfig{Filters: []CANFilter{
		{ID: CANID{Value: 0x123}}, {ID: CANID{Value: 0x200}, Mask: 0x700}, {ID: CANID{Value: 0x123, Extended: true}},
	}})
	for _, c := range []struct {
		id   CANID
		pass bool
	}{
		{CANID{Value: 0x123}, true}, {CANID{Value: 0x124}, false}, {CANID{Value: 0x2AB}, true}, {CANID{Value: 0x3AB}, false},
		{CANID{Value: 0x123, Extended: true}, true}, {CANID{Value: 0x2AB, Extended: true}, false},
	} {
		if err := a.SendFrame(&CANFrame{ID: c.id}); err != nil {
			t.Fatal(err)
		}
		var f CANFrame
		if _, err := b.ReceiveFrame(&f); (err == nil) != c.pass {
			t.Errorf("%v: %v", c.id, err)
		}
	}
}

// TestCANErrors: error frames are counted and never taken for data, and a controller
// off the bus is ErrDown until it has restarted.
func TestCANErrors(t *testing.T) {
	k := newFakeCAN(false)
	a, b := openFake(t, k, CANConfig{}), openFake(t, k, CANConfig{})
	k.tell(errLostArbitration, 3)
	k.tell(errProtocol)
	k.tell(errNoAck)
	k.tell(errController, 0, 0x04)
	k.tell(errController, 0, 0x20)
	k.tell(errController, 0, 0x01)
	k.tell(errCounts, 0, 0, 0, 0, 0, 0, 130, 90)
	k.tell(errBusOff)
	buffer := make([]byte, 8)
	if _, _, err := a.Receive(buffer); err != ErrEmpty {
		t.Errorf("Receive after error frames: %v", err)
	}
	want := CANCounters{
		BusOff: 1, Warning: 1, Passive: 1, LostArbitration: 1, NoAck: 1, Protocol: 1, Overflow: 1, Other: 1,
		TransmitErrors: 130, ReceiveErrors: 90, Off: true,
	}
	if got := a.Counters(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if err := a.Send(buffer); err != ErrDown {
		t.Errorf("Send off the bus: %v", err)
	}
	k.tell(errRestarted)
	if err := b.Send([]byte{7}); err != nil { // b has not heard of it yet
		t.Fatal(err)
	}
	if n, _, err := a.Receive(buffer); n != 1 || buffer[0] != 7 || err != nil {
		t.Errorf("%d, %x, %v", n, buffer, err)
	}
	if got := a.Counters(); got.Restarts != 1 || got.Off {
		t.Errorf("after the restart: %+v", got)
	}
	if err := a.Send(buffer); err != nil {
		t.Errorf("Send after the restart: %v", err)
	}
}

// TestCANFlood: a bus that tells nothing but errors does not hold a step up, and
// messages that are no frame are counted.
func TestCANFlood(t *testing.T) {
	k := newFakeCAN(false)
	k.room = 10_000
	a := openFake(t, k, CANConfig{})
	for range 1000 {
		k.tell(errProtocol)
	}
	buffer := make([]byte, 8)
	if _, _, err := a.Receive(buffer); err != ErrEmpty || a.Counters().Protocol != messagesAReceive {
		t.Errorf("%v, %+v", err, a.Counters())
	}
	s := k.sockets[a.fd]
	s.queue = nil
	long := make([]byte, canBytes)
	long[4] = 200
	s.queue = append(s.queue, []byte{1, 2, 3}, nil, make([]byte, 100), long, make([]byte, canFDBytes-1))
	if _, _, err := a.Receive(buffer); err != ErrEmpty || a.Counters().Malformed != 5 {
		t.Errorf("%v, %+v", err, a.Counters())
	}
}

func TestCANOpenErrors(t *testing.T) {
	for want, c := range map[string]CANConfig{
		`Interface is ""`:                     {},
		"Send is 800; set at most 7FF":        {Interface: "can0", Send: CANID{Value: 0x800}},
		"Send is 20000000; set at most":       {Interface: "can0", Send: CANID{Value: 1 << 29, Extended: true}},
		"Filters[1] is 900":                   {Interface: "can0", Filters: []CANFilter{{}, {ID: CANID{Value: 0x900}}}},
		"BitRateSwitch is set without FD":     {Interface: "can0", BitRateSwitch: true},
		"can7: no such network interface; ip": {Interface: "can7"},
		"can0 carries frames of 16 bytes":     {Interface: "can0", FD: true},
	} {
		if _, err := newFakeCAN(false).open(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	k := newFakeCAN(false)
	k.up = false
	if _, err := k.open(CANConfig{Interface: "can0"}); !errors.Is(err, syscall.ENETDOWN) || !strings.Contains(err.Error(), "ip link set can0 up") {
		t.Errorf("an interface that is down: %v", err)
	}
	// An interface that goes down while it is used.
	k.up = true
	a := openFake(t, k, CANConfig{})
	k.up = false
	if err := a.Send(nil); err != ErrDown {
		t.Errorf("Send on an interface that went down: %v", err)
	}
}
