package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
)

const (
	// maxLine bounds a line. A row of a table or of a histogram with hundreds of
	// threads is shorter.
	maxLine = 1 << 20
	// headBytes are looked at in order to tell the format.
	headBytes = 64 << 10
)

// lines reads a file line by line. A byte order mark and carriage returns are left
// out, and so are lines that skip matches.
type lines struct {
	in     *bufio.Reader
	skip   *regexp.Regexp
	name   string
	number int
	err    error
	text   []byte
}

func newLines(r io.Reader, o Options) *lines {
	return &lines{in: bufio.NewReaderSize(r, headBytes), skip: o.Skip, name: o.Name}
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// head is the beginning of the file, without a byte order mark.
func (l *lines) head() ([]byte, error) {
	text, err := l.in.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if bytes.HasPrefix(text, byteOrderMark) {
		_, _ = l.in.Discard(len(byteOrderMark))
		text = text[len(byteOrderMark):]
	}
	return text, nil
}

// next reads a line, valid until the next call, and answers false at the end or when
// err is set.
func (l *lines) next() bool {
	for l.err == nil {
		text, err := l.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			text, err = l.long(text)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			l.err = err
			return false
		}
		if len(text) == 0 && err != nil {
			return false
		}
		l.number++
		l.text = bytes.TrimRight(text, "\r\n")
		if l.skip == nil || !l.skip.Match(l.text) {
			return true
		}
	}
	return false
}

// long reads a line that is longer than the buffer.
func (l *lines) long(start []byte) ([]byte, error) {
	text := bytes.Clone(start)
	for {
		more, err := l.in.ReadSlice('\n')
		if text = append(text, more...); len(text) > maxLine {
			return nil, &lineError{l.number + 1, fmt.Errorf("longer than %d bytes", maxLine)}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, err
		}
	}
}

// fail is an error in the line read last.
func (l *lines) fail(format string, args ...any) error {
	return &lineError{l.number, fmt.Errorf(format, args...)}
}

// lineError is an error with the number of its line, 0 for one of the whole file.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }

func (e *lineError) Unwrap() error { return e.err }

// located says where err was met.
func (l *lines) located(err error, kind string) error {
	where := l.name
	var at *lineError
	switch errors.As(err, &at); {
	case at != nil && where != "":
		where = fmt.Sprintf("%s:%d", where, at.line)
	case at != nil:
		where = fmt.Sprintf("line %d", at.line)
	case where == "":
		where = "the file"
	}
	if kind != "" {
		return fmt.Errorf("%s: %w (read as %s)", where, err, kind)
	}
	return fmt.Errorf("%s: %w", where, err)
}

// mostSamples bounds what one file may hold, at 8 bytes of memory each. Only tests
// change it.
var mostSamples int64 = 1 << 28
