package ring

import (
	"errors"
	"fmt"
	"reflect"
)

// Errors that give the state of a ring's other side, or of the caller's. Endpoints
// return them from Err and CheckPeer; errors.Is finds them.
var (
	// ErrClosed: the peer closed its side in good order.
	ErrClosed = errors.New("ring: peer closed its side")
	// ErrAbandoned: the peer died, or was declared dead, without closing.
	ErrAbandoned = errors.New("ring: peer abandoned its side")
	// ErrReplaced: this endpoint's side was closed or taken over by a later one;
	// it must not be used any more.
	ErrReplaced = errors.New("ring: another endpoint took over this side")
	// ErrHeld: the side is in use by an endpoint whose process lives.
	ErrHeld = errors.New("ring: side is held")
	// ErrMembers: an MPMC queue has as many members as it can have.
	ErrMembers = errors.New("ring: queue has all its members")
	// ErrRange: a Commit or Release of more elements than were reserved or peeked.
	ErrRange = errors.New("ring: more elements than were reserved or peeked")
)

// LayoutError says why a region does not hold the ring that was asked for.
type LayoutError struct {
	What string // that differs: "magic", "version", "kind", "element layout", …
	Have any    // in the region
	Want any    // by this program
	Type reflect.Type
}

func (e *LayoutError) Error() string {
	return fmt.Sprintf("ring: region's %s is %v, this program wants %v (element %v); create the region with the same memkit and element type",
		e.What, e.Have, e.Want, e.Type)
}
