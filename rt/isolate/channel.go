package isolate

import (
	"fmt"
	"reflect"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
)

// Channel is shared memory between an isolate and its parent: a [Queue], a
// [Cell], [Blocks], a [Journal] or a [Region]. Declare it at package level, so that both
// sides name the same thing, list it in [Config].Channels, and claim one end of it on
// each side.
type Channel interface {
	// Name is the name that the channel was declared with.
	Name() string

	declared() *declaration
}

// Side is where an end of a channel is claimed: the [Isolate] in the parent, the
// [Child] in the isolate.
type Side interface {
	memory() *sharedMemory
}

// endpoint is what rt does with a claimed end of any channel.
type endpoint interface {
	CheckPeer() error
	AbandonPeer() bool
	Close() error
}

// channelKind tells channels apart in the table.
type channelKind uint32

const (
	kindQueue channelKind = 1 + iota
	kindCell
	kindBlocks
	kindJournal
	kindRegion
	channelKinds
)

func (k channelKind) String() string {
	return [...]string{"nothing", "queue", "cell", "blocks", "journal", "region"}[min(k, channelKinds)%channelKinds]
}

// declaration is what a channel's constructor was told.
type declaration struct {
	name     string
	kind     channelKind
	element  reflect.Type
	capacity int
	size     int   // bytes of region, 0 when capacity is not possible
	invalid  error // why the element type cannot be shared
	create   func(region []byte) error
}

func declare[T any](kind channelKind, name string, capacity, size int, create func([]byte) error) declaration {
	return declaration{
		name: name, kind: kind, element: reflect.TypeFor[T](), capacity: capacity, size: size,
		invalid: arena.PointerFree[T](), create: create,
	}
}

// Name is the name that the channel was declared with.
func (d *declaration) Name() string { return d.name }

func (d *declaration) declared() *declaration { return d }

func (d *declaration) String() string {
	return fmt.Sprintf("%v %q of %v", d.kind, d.name, d.element)
}

// implementedBy is the package that the channel is made with, and whose errors it returns.
func (d *declaration) implementedBy() string {
	if d.kind == kindJournal {
		return "rtlog"
	}
	return "ring"
}

// attach finds the channel's ring in a side's memory and claims one end of it.
func attach[R, E any](d *declaration, s Side, open func([]byte) (R, error), claim func(R) (E, error)) (end E, err error) {
	m := s.memory()
	region, err := m.region(d)
	if err != nil {
		return end, err
	}
	ring, err := open(region)
	if err != nil {
		return end, errkind.Wrapf(err, d.implementedBy(), "isolate: %v", d)
	}
	end, err = claim(ring)
	if err != nil {
		return end, errkind.Wrapf(err, d.implementedBy(), "isolate: %v", d)
	}
	e := any(end).(endpoint)
	m.claimed(e)
	e.CheckPeer() // who died before is not reported again
	return end, nil
}
