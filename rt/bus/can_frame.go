package bus

import "fmt"

// CANID is an identifier of 11 bits, or of 29 where Extended is set.
type CANID struct {
	Value    uint32
	Extended bool
}

// String gives the identifier in hexadecimal digits, three for 11 bits and eight for
// 29, as candump does.
func (id CANID) String() string {
	if id.Extended {
		return fmt.Sprintf("%08X", id.Value)
	}
	return fmt.Sprintf("%03X", id.Value)
}

// CANFilter lets frames pass whose identifier equals ID in the bits of Mask. A Mask
// of 0 means all bits.
type CANFilter struct {
	ID   CANID
	Mask uint32
}

// CANFrame is a frame with its identifier.
type CANFrame struct {
	ID            CANID
	Remote        bool // a request, without data; classic frames only
	FD            bool
	BitRateSwitch bool
	Size          int // of the data
	Data          [64]byte
}

// CANCounters counts what the interface told in error frames.
type CANCounters struct {
	// BusOff and Restarts count how often the controller left the bus and came back.
	BusOff, Restarts uint64
	// Warning and Passive count the changes into these states.
	Warning, Passive uint64
	// LostArbitration, NoAck, Protocol and Overflow count events on the bus, and
	// frames that the controller had no room for.
	LostArbitration, NoAck, Protocol, Overflow uint64
	// Other counts error frames of any other kind, Malformed the messages that are
	// no frame at all.
	Other, Malformed uint64
	// TransmitErrors and ReceiveErrors are the controller's own counters, where the
	// driver tells them.
	TransmitErrors, ReceiveErrors uint8
	// Off says that the controller is off the bus now.
	Off bool
}
