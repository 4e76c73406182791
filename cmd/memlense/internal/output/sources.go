package output

import (
	"bytes"
	"strings"
	"unicode/utf16"

	"github.com/memkit-go/memkit/lens/report"
)

// sources are the lines of the source files that findings lie in.
type sources struct {
	read  func(name string) ([]byte, error)
	files map[string][][]byte
}

func newSources(read func(name string) ([]byte, error)) *sources {
	return &sources{read, map[string][][]byte{}}
}

// line returns a line without its end. There is none in a file that cannot be read.
func (s *sources) line(at report.Place) (string, bool) {
	lines, known := s.files[at.File]
	if !known {
		if text, err := s.read(at.File); err == nil {
			lines = bytes.Split(text, []byte("\n"))
		}
		s.files[at.File] = lines
	}
	if at.Line < 1 || at.Line > len(lines) {
		return "", false
	}
	return strings.TrimRight(string(lines[at.Line-1]), "\r"), true
}

// utf16Column turns a column of bytes, from 1, into one of UTF-16 code units.
func (s *sources) utf16Column(at report.Place) int {
	line, ok := s.line(at)
	if !ok || at.Column < 1 || at.Column > len(line)+1 {
		return at.Column
	}
	return len(utf16.Encode([]rune(line[:at.Column-1]))) + 1
}
