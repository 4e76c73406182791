package ring

import (
	"errors"
	"os"
	"sync/atomic"
	"testing"
)

func TestSides(t *testing.T) {
	q := must(CreateSPSC[int](make([]byte, SPSCSize[int](4)), 4))
	p := must(q.Producer())
	if err := p.Err(); err != nil {
		t.Errorf("no consumer has come yet: %v", err)
	}
	if _, err := q.Producer(); !errors.Is(err, ErrHeld) {
		t.Errorf("second producer: %v", err)
	}
	c := must(q.Consumer())
	if state, epoch := p.Peer(); state != Held || epoch != 1 {
		t.Errorf("peer is %v, epoch %d", state, epoch)
	}
	if err := p.CheckPeer(); err != nil {
		t.Errorf("peer in this process: %v", err)
	}

	p.Push(1)
	p.Push(2)
	p.Close()
	p.Close()
	if err := c.Err(); !errors.Is(err, ErrClosed) {
		t.Errorf("after the producer closed: %v", err)
	}
	if err := p.Err(); !errors.Is(err, ErrReplaced) {
		t.Errorf("a closed producer's own state: %v", err)
	}
	if v, ok := c.Pop(); !ok || v != 1 {
		t.Errorf("what a closed producer left: %d, %v", v, ok)
	}

	second := must(q.Producer())
	if err := c.Err(); err != nil || second.Epoch() != 2 {
		t.Errorf("after a new producer came: %v, epoch %d", err, second.Epoch())
	}
	p.Close() // of a side that is another's now
	if state, _ := c.Peer(); state != Held {
		t.Errorf("a replaced endpoint's Close left its successor %v", state)
	}
	second.Push(3)
	for _, want := range []int{2, 3} {
		if v, ok := c.Pop(); !ok || v != want {
			t.Errorf("popped %d, %v; want %d", v, ok, want)
		}
	}

	if !c.AbandonPeer() || c.AbandonPeer() {
		t.Error("abandoning a held peer must work once")
	}
	if err := c.Err(); !errors.Is(err, ErrAbandoned) {
		t.Errorf("after the peer was abandoned: %v", err)
	}
	if err := second.Err(); !errors.Is(err, ErrReplaced) {
		t.Errorf("the abandoned one: %v", err)
	}
	third := must(q.Producer())
	if third.Epoch() != 3 || c.Err() != nil || third.Err() != nil {
		t.Errorf("epoch %d, %v, %v", third.Epoch(), c.Err(), third.Err())
	}
	if err := second.Err(); !errors.Is(err, ErrReplaced) {
		t.Errorf("the abandoned one, whose side another holds: %v", err)
	}
}

// TestDeadHolder claims a side in the name of processes that do not live.
func TestDeadHolder(t *testing.T) {
	start, _ := lookUp(os.Getppid())
	if start == 0 {
		t.Skip("start times of processes are not known on this system")
	}
	const noProcess = 1<<22 + 1 // beyond the kernel's largest process ID
	parent := os.Getppid()
	for name, s := range map[string]side{
		"no such process": {word: pack(Held, noProcess, 7)},
		"ID used again":   {word: pack(Held, parent, 7), born: (start+2)<<16 | 7},
		"ID used before":  {word: pack(Held, parent, 7), born: (start-2)<<16 | 7},
	} {
		q := must(CreateSPSC[int](make([]byte, SPSCSize[int](4)), 4))
		c := must(q.Consumer())
		q.header.sides[producing] = s
		if err := c.Err(); err != nil {
			t.Errorf("%s: known before anybody looked: %v", name, err)
		}
		if err := c.CheckPeer(); !errors.Is(err, ErrAbandoned) {
			t.Errorf("%s: CheckPeer: %v", name, err)
		}
		if p := must(q.Producer()); p.Epoch() != 8 {
			t.Errorf("%s: epoch %d", name, p.Epoch())
		}
	}

	q := must(CreateSPSC[int](make([]byte, SPSCSize[int](4)), 4))
	for name, born := range map[string]uint64{
		"not yet written": 0,
		"of an old epoch": (start+2)<<16 | 6,
		"right":           start<<16 | 7,
		"rounded up":      (start+1)<<16 | 7,
		"rounded down":    (start-1)<<16 | 7,
	} {
		q.header.sides[producing] = side{word: pack(Held, parent, 7), born: born}
		if _, err := q.Producer(); !errors.Is(err, ErrHeld) {
			t.Errorf("holder lives, start time %s: %v", name, err)
		}
	}
}

func TestMPMCMembers(t *testing.T) {
	region := make([]byte, MPMCSize[int](4))
	members := []*MPMC[int]{must(CreateMPMC[int](region, 4))}
	for range maxMembers - 1 {
		members = append(members, must(AttachMPMC[int](region)))
	}
	if _, err := AttachMPMC[int](region); !errors.Is(err, ErrMembers) {
		t.Errorf("member %d: %v", maxMembers+1, err)
	}
	members[3].Close()
	q := must(AttachMPMC[int](region))
	if q.member != members[3].member {
		t.Error("the closed member's place was not reused")
	}
	if err := q.CheckPeers(); err != nil {
		t.Errorf("all live: %v", err)
	}
}

// TestMPMCCheckPeersFindsAll: of several members that died none is left as if it lived.
func TestMPMCCheckPeersFindsAll(t *testing.T) {
	const noProcess = 1<<22 + 1 // beyond the kernel's largest process ID
	region := make([]byte, MPMCSize[int](4))
	q := must(CreateMPMC[int](region, 4))
	dead := []*MPMC[int]{must(AttachMPMC[int](region)), must(AttachMPMC[int](region))}
	for _, m := range dead {
		*m.member = side{word: pack(Held, noProcess, 1)}
	}
	if err := q.CheckPeers(); !errors.Is(err, ErrAbandoned) {
		t.Errorf("CheckPeers: %v", err)
	}
	for i, m := range dead {
		if state, _, _ := unpack(m.member.word); state != Abandoned {
			t.Errorf("dead member %d is %v", i, state)
		}
	}
}

func TestMPMCRepair(t *testing.T) {
	region := make([]byte, MPMCSize[int](8))
	q := must(CreateMPMC[int](region, 8))
	other := must(AttachMPMC[int](region))
	if _, err := q.Repair(); !errors.Is(err, ErrHeld) {
		t.Errorf("repair beside a living member: %v", err)
	}
	for v := range 9 {
		q.Push(v) // 8 fit
	}
	q.Pop()
	q.Pop()
	q.Push(8)
	// The other member died in the middle of a Pop of 2 and of a Push behind 8,
	// and another message follows.
	atomic.AddUint64(q.leave, 1)
	atomic.AddUint64(q.enter, 1)
	*other.member = side{word: pack(Abandoned, 0, 1)}
	if err := q.CheckPeers(); !errors.Is(err, ErrAbandoned) {
		t.Errorf("CheckPeers: %v", err)
	}
	lost, err := q.Repair()
	if lost != 1 || err != nil {
		t.Errorf("lost %d, %v", lost, err)
	}
	q.check(t, 7)
	for _, want := range []int{2, 3, 4, 5, 6, 7, 8} {
		if v, ok := q.Pop(); !ok || v != want {
			t.Errorf("popped %d, %v; want %d", v, ok, want)
		}
	}
	if err := q.CheckPeers(); err != nil {
		t.Errorf("after the repair: %v", err)
	}
}

// TestCloseOfAnAbandonedSide: the holder that was given up does not make the side
// look as if it had ended in order.
func TestCloseOfAnAbandonedSide(t *testing.T) {
	s := &side{word: pack(Abandoned, 7, 3)}
	s.close(3)
	if state, _, _ := unpack(s.word); state != Abandoned {
		t.Errorf("the side is %v, not abandoned", state)
	}
}
