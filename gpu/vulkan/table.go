package vulkan

import (
	"sync"
	"sync/atomic"

	"github.com/memkit-go/memkit/gpu"
)

// table gives numbers from 1 to values. Looking one up takes no lock: changes make
// another copy.
type table[T any] struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*T]
}

func (t *table[T]) add(v *T) gpu.Handle {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*T
	if old := t.list.Load(); old != nil {
		list = append(list, *old...)
	}
	for i, x := range list {
		if x == nil {
			list[i] = v
			t.list.Store(&list)
			return gpu.Handle(i + 1)
		}
	}
	list = append(list, v)
	t.list.Store(&list)
	return gpu.Handle(len(list))
}

// get is nil for a number that is none.
func (t *table[T]) get(h gpu.Handle) *T {
	if list := t.list.Load(); list != nil && h > 0 && int(h) <= len(*list) {
		return (*list)[h-1]
	}
	return nil
}

// remove takes a value out, and returns it.
func (t *table[T]) remove(h gpu.Handle) *T {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.list.Load()
	if old == nil || h == 0 || int(h) > len(*old) {
		return nil
	}
	list := append([]*T(nil), *old...)
	v := list[h-1]
	list[h-1] = nil
	t.list.Store(&list)
	return v
}

// all are the values by number.
func (t *table[T]) all() map[gpu.Handle]*T {
	m := map[gpu.Handle]*T{}
	if list := t.list.Load(); list != nil {
		for i, v := range *list {
			if v != nil {
				m[gpu.Handle(i+1)] = v
			}
		}
	}
	return m
}
