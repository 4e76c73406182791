package core

import (
	"fmt"
	"sync/atomic"
)

// names interns strings. Looking a name up by its number takes no lock.
type names struct {
	kind  string
	known atomic.Uint32
	list  []string
	index map[string]uint16
}

func newNames(kind string, capacity int) *names {
	n := &names{kind: kind, list: make([]string, capacity), index: make(map[string]uint16, capacity)}
	n.list[0] = "(none)"
	n.known.Store(1)
	return n
}

// intern runs under the allocator's lock.
func (n *names) intern(name string) (id uint16, fresh bool, err error) {
	if id, ok := n.index[name]; ok {
		return id, false, nil
	}
	k := n.known.Load()
	if int(k) == len(n.list) {
		return 0, false, fmt.Errorf("core: %s %q: all %d of Config.%ss are taken; raise it", n.kind, name, len(n.list), n.kind)
	}
	n.list[k] = name
	n.index[name] = uint16(k)
	n.known.Store(k + 1)
	return uint16(k), true, nil
}

// quoted describes a tag in an error.
func (n *names) quoted(t Tag) string {
	switch {
	case n == nil:
		return fmt.Sprintf("tag %d", t)
	case t == 0:
		return "no tag"
	}
	return fmt.Sprintf("tag %q", n.of(uint16(t)))
}

func (n *names) of(id uint16) string {
	if uint32(id) < n.known.Load() {
		return n.list[id]
	}
	return "unknown"
}

// nameOf is the name of a constant, or its type and number where it has none.
func nameOf[T ~uint8](v T, names ...string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%T(%d)", v, uint8(v))
}
