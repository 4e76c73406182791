package async

import "fmt"

// Lag says what a [Broadcast] does when a receiver is a whole buffer behind.
type Lag uint8

const (
	// BlockPublisher makes Publish wait for the slowest receiver.
	BlockPublisher Lag = iota
	// DropOldest lets the receiver miss the oldest values; it learns how many.
	DropOldest
	// Disconnect ends the receiver's subscription with [ErrDisconnected].
	Disconnect
)

func (l Lag) String() string {
	switch l {
	case BlockPublisher:
		return "BlockPublisher"
	case DropOldest:
		return "DropOldest"
	case Disconnect:
		return "Disconnect"
	}
	return fmt.Sprintf("Lag(%d)", uint8(l))
}
