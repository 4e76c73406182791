package budget

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Error is a fault of a budget file, and its position.
type Error struct {
	File string
	// Line from 1; 0 when the whole file is meant.
	Line int
	// Field is the dotted key as the file would spell it.
	Field string
	// What names the fault and the remedy.
	What string
	Err  error
}

func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at += ":" + strconv.Itoa(e.Line)
	}
	if e.Field != "" {
		at += ": " + e.Field
	}
	return at + ": " + e.What
}

func (e *Error) Unwrap() error { return e.Err }

// lines tells on which line each dotted key of a document stands.
type lines map[string]int

// locate walks a document that is known to be valid TOML.
func locate(text []byte) lines {
	at := lines{}
	p := &unstable.Parser{}
	p.Reset(text)
	var table []string
	for p.NextExpression() {
		node := p.Expression()
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = at.keep(p, nil, node.Key())
		case unstable.KeyValue:
			at.value(p, table, node)
		}
	}
	return at
}

func (at lines) value(p *unstable.Parser, prefix []string, node *unstable.Node) {
	path := at.keep(p, prefix, node.Key())
	at.nested(p, path, node.Value())
}

// nested descends into inline tables, and into lists of them: a list's entries
// share the path of the list.
func (at lines) nested(p *unstable.Parser, path []string, value *unstable.Node) {
	switch value.Kind {
	case unstable.InlineTable:
		for it := value.Children(); it.Next(); {
			at.value(p, path, it.Node())
		}
	case unstable.Array:
		for it := value.Children(); it.Next(); {
			at.nested(p, path, it.Node())
		}
	}
}

// keep notes the line of each part of a dotted key, the first time it is seen.
func (at lines) keep(p *unstable.Parser, prefix []string, key unstable.Iterator) []string {
	path := prefix[:len(prefix):len(prefix)]
	for key.Next() {
		path = append(path, string(key.Node().Data))
		joined := strings.Join(path, "\x00")
		if _, seen := at[joined]; !seen {
			at[joined] = p.Shape(key.Node().Raw).Start.Line
		}
	}
	return path
}

// of is the line of path, or of the nearest table around it.
func (at lines) of(path []string) int {
	for n := len(path); n > 0; n-- {
		if line, ok := at[strings.Join(path[:n], "\x00")]; ok {
			return line
		}
	}
	return 0
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// spell writes a key as the file would.
func spell(path []string) string {
	parts := make([]string, len(path))
	for i, p := range path {
		parts[i] = p
		if !bareKey.MatchString(p) {
			parts[i] = strconv.Quote(p)
		}
	}
	return strings.Join(parts, ".")
}

// fault is an Error at path.
func (f *File) fault(path []string, format string, args ...any) error {
	return &Error{File: f.Path, Line: f.at.of(path), Field: spell(path), What: fmt.Sprintf(format, args...)}
}
