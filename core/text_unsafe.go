package core

import (
	"strconv"
	"unsafe"
)

// Text builds a string in frame memory, of a capacity fixed when it is made. It
// is an io.Writer, so fmt.Fprintf works where its own allocations do not matter.
// A write that does not fit answers [ErrFull] and writes nothing. The zero Text
// is stale.
type Text struct{ bytes Vec[byte] }

var byteType = MustType[byte]()

// NewText makes an empty Text with room for capacity bytes.
func NewText(f *Frame, capacity int) (Text, error) {
	bytes, err := NewVec(f, byteType, capacity)
	return Text{bytes}, err
}

// room returns the unused bytes if there are n, else the reason.
func (t *Text) room(n int) ([]byte, error) {
	buf := t.bytes.items.Slice()
	if t.bytes.items.stale() {
		return nil, ErrStale
	}
	if n > len(buf)-t.bytes.n {
		return nil, ErrFull
	}
	return buf[t.bytes.n:], nil
}

// WriteString appends s.
//
// Cost: O(len(s)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Text) WriteString(s string) (int, error) {
	free, err := t.room(len(s))
	if err != nil {
		return 0, err
	}
	t.bytes.n += copy(free, s)
	return len(s), nil
}

// Write appends b.
//
// Cost: O(len(b)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Text) Write(b []byte) (int, error) {
	free, err := t.room(len(b))
	if err != nil {
		return 0, err
	}
	t.bytes.n += copy(free, b)
	return len(b), nil
}

// WriteByte appends c.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Text) WriteByte(c byte) error { return t.bytes.Push(c) }

// WriteInt appends n in decimal.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Text) WriteInt(n int64) error {
	var digits [20]byte
	_, err := t.Write(strconv.AppendInt(digits[:0], n, 10))
	return err
}

// View returns the text without copying it: the string is good until the next
// write and until the frame's end. It fails with [ErrStale].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Text) View() (string, error) {
	if t.bytes.items.stale() {
		return "", ErrStale
	}
	b := t.bytes.Slice()
	return unsafe.String(unsafe.SliceData(b), len(b)), nil
}

// String returns a copy of the text in Go memory, empty after the frame's end.
func (t *Text) String() string { return string(t.bytes.Slice()) }

// Len returns the number of bytes written.
func (t *Text) Len() int { return t.bytes.Len() }
