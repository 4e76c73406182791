package async

// list is a list of values in the order in which they were added. Each of them embeds
// its [links] and is in one list at most.
type list[T any, P linked[T]] struct{ first, last *T }

type links[T any] struct{ next, prev *T }

// linked is a pointer to a T that embeds links.
type linked[T any] interface {
	*T
	place() *links[T]
}

func (l *links[T]) place() *links[T] { return l }

// push appends x.
func (l *list[T, P]) push(x *T) {
	at := P(x).place()
	at.next, at.prev = nil, l.last
	if l.last == nil {
		l.first = x
	} else {
		P(l.last).place().next = x
	}
	l.last = x
}

// remove takes x out of the list.
func (l *list[T, P]) remove(x *T) {
	at := P(x).place()
	if at.prev == nil {
		l.first = at.next
	} else {
		P(at.prev).place().next = at.next
	}
	if at.next == nil {
		l.last = at.prev
	} else {
		P(at.next).place().prev = at.prev
	}
	at.next, at.prev = nil, nil
}
