package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// Endpoint is one side of a ring, claimed for this process: the part that
// producers, consumers, writers and readers share.
type Endpoint struct {
	owner     debug.Owner
	own, peer *side
	wakeup    *wakeup
	epoch     uint32
}

// claimEndpoint claims side own of a ring for this process.
func claimEndpoint(h *header, own int, name string) (Endpoint, error) {
	e := Endpoint{own: &h.sides[own], peer: &h.sides[1-own], wakeup: &h.wakeup}
	var err error
	e.epoch, err = e.own.claim(name)
	return e, err
}

// Err says why this endpoint's work may be over: [ErrReplaced] when its side was
// closed or taken over, [ErrClosed] or [ErrAbandoned] when the peer's was, nil
// otherwise, also while no peer has come yet. Messages that the peer left in the
// ring stay readable. Err only reads the shared state: [Endpoint.CheckPeer] detects
// a peer that died silently.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (e *Endpoint) Err() error {
	if word := atomics.Load(&e.own.word); uint32(word>>32) != e.epoch || State(word&3) != Held {
		return ErrReplaced
	}
	switch State(atomics.Load(&e.peer.word) & 3) {
	case Closed:
		return ErrClosed
	case Abandoned:
		return ErrAbandoned
	}
	return nil
}

// CheckPeer is Err after a look whether the process that holds the peer's side
// still runs; if not, the side becomes [Abandoned] for everybody. It makes
// system calls: call it from an ordinary goroutine.
func (e *Endpoint) CheckPeer() error {
	e.peer.check()
	return e.Err()
}

// AbandonPeer declares the peer dead, for a caller who knows: it saw the process
// exit, or the peer is a goroutine that will not come back. A later endpoint may
// then claim the side. It reports whether the side was claimed.
func (e *Endpoint) AbandonPeer() bool {
	word := atomics.Load(&e.peer.word)
	return State(word&3) == Held && e.peer.replaceState(word, Abandoned)
}

// Close gives the side up in good order; the peer's Err answers [ErrClosed] until
// another endpoint claims the side. Closing twice is harmless.
func (e *Endpoint) Close() error {
	e.own.close(e.epoch)
	e.wakeup.wake()
	return nil
}

// HandOver lets the next goroutine that uses the endpoint own it. Only builds with
// tag rtdebug check owners; without it this does nothing.
func (e *Endpoint) HandOver() { e.owner.Release() }

// Epoch counts the claims of this side, this one included. A peer's restart
// shows as a higher PeerEpoch.
func (e *Endpoint) Epoch() uint32 { return e.epoch }

// Peer returns how the other side stands and how often it was claimed.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (e *Endpoint) Peer() (State, uint32) {
	word := atomics.Load(&e.peer.word)
	return State(word & 3), uint32(word >> 32)
}
