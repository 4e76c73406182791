// Package github writes workflow commands, which GitHub shows as annotations of the
// lines that they name.
package github

import (
	"fmt"
	"io"
	"strings"
)

// The levels of an annotation.
const (
	Error   = "error"
	Warning = "warning"
	Notice  = "notice"
)

// Annotation is one message. File, Line and Column may be empty.
type Annotation struct {
	Level        string
	File         string
	Line, Column int
	Title        string
	Message      string
}

var (
	// inMessage and inProperty escape text in workflow commands.
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// String is the workflow command.
func (a Annotation) String() string {
	var properties []string
	add := func(name, value string) { properties = append(properties, name+"="+inProperty.Replace(value)) }
	if a.File != "" {
		add("file", a.File)
	}
	if a.Line > 0 {
		add("line", fmt.Sprint(a.Line))
	}
	if a.Column > 0 {
		add("col", fmt.Sprint(a.Column))
	}
	if a.Title != "" {
		add("title", a.Title)
	}
	head := "::" + a.Level
	if len(properties) > 0 {
		head += " " + strings.Join(properties, ",")
	}
	return head + "::" + inMessage.Replace(a.Message)
}

// Write prints the command on a line of its own.
func (a Annotation) Write(w io.Writer) error {
	_, err := fmt.Fprintln(w, a)
	return err
}
