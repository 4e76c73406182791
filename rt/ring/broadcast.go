package ring

// Broadcast hands messages from one [BroadcastWriter] to any number of
// [BroadcastReader]s, each of which receives all of them: the state of a controller
// to a log, a display and a supervisor. The writer never waits for a reader, however
// slow or dead; a reader that falls behind by more than the ring holds loses
// messages, and knows how many. Both sides are wait-free. Readers write nothing, unless
// they sleep in Wait, so they may map the region read-only, and come and go without
// the writer's knowledge.
//
// Each message lies between a number that is odd while it is being written and even
// when it is complete, and is copied word by word, so that a reader notices when it
// was overwritten in the meantime. Boehm, Can Seqlocks Get Along With Programming
// Language Memory Models?, MSPC (2012), section 3.
type Broadcast[T any] struct {
	header *header
	slots  broadcastSlots
}

// BroadcastSize returns the bytes of region that a [Broadcast] for at least capacity
// messages needs, or 0 when there is no such ring.
func BroadcastSize[T any](capacity int) int {
	n, err := broadcastCapacity[T](capacity)
	if err != nil {
		return 0
	}
	return int(broadcastSize[T](n))
}

// CreateBroadcast makes region an empty ring for at least capacity messages: the
// next power of two, 2 at least. region must hold [BroadcastSize] bytes, aligned to
// 64, and T must not hold Go pointers. The content of the region is overwritten.
func CreateBroadcast[T any](region []byte, capacity int) (*Broadcast[T], error) {
	n, err := broadcastCapacity[T](capacity)
	if err != nil {
		return nil, err
	}
	h, err := create[T](kindBroadcast, region, n, broadcastSize[T](n), nil)
	if err != nil {
		return nil, err
	}
	return broadcastView[T](h, n), nil
}

// AttachBroadcast finds the ring that [CreateBroadcast] made in region, usually in
// another process. A region that holds something else is refused with a
// [*LayoutError].
func AttachBroadcast[T any](region []byte) (*Broadcast[T], error) {
	h, n, err := attach[T](kindBroadcast, region, broadcastSize[T])
	if err != nil {
		return nil, err
	}
	return broadcastView[T](h, n), nil
}

func broadcastCapacity[T any](capacity int) (uint64, error) {
	n, err := checkCapacity[T](kindBroadcast, capacity)
	return max(n, 2), err
}

// Cap returns the number of messages that the ring holds.
func (b *Broadcast[T]) Cap() int { return int(b.slots.mask + 1) }
