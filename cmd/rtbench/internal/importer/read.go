package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// format is a kind of file.
type format struct {
	name string
	// detect reports whether a file that begins so is of the kind.
	detect func(head []byte) bool
	read   func(*lines, Options) (*File, error)
}

// formats in the order in which they are tried.
var formats = []format{
	{"cyclictest-json", isCyclictestJSON, readCyclictestJSON},
	{"jitterdebugger", isJitterdebugger, readJitterdebugger},
	{"cyclictest-histogram", isCyclictestHistogram, readCyclictestHistogram},
	{"cyclictest-verbose", isCyclictestVerbose, readCyclictestVerbose},
	{"rtla-hist", isTimerlatHist, readTimerlatHist},
	{"rtla-top", isTimerlatTop, readTimerlatTop},
	{"hgrm", isPercentiles, readPercentiles},
	{"hlog", isHistogramLog, readHistogramLog},
	{"criterion", isCriterion, readCriterion},
	{GoBench, isGoBench, readGoBench},
	{"json-lines", isJSONLines, readJSONLines},
	{"table", func([]byte) bool { return true }, readTable},
}

// GoBench is the kind of the output of `go test -bench`.
const GoBench = "go-bench"

// Kinds are the names of the formats.
func Kinds() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Read reads a file. Errors name the line and the remedy.
func Read(r io.Reader, o Options) (*File, error) {
	if o.Unit != "" {
		if _, err := Nanoseconds(o.Unit); err != nil {
			return nil, err
		}
	}
	in := newLines(r, o)
	head, err := in.head()
	if err == nil && len(head) == 0 {
		err = errors.New("no numbers: the file is empty")
	}
	if err != nil {
		return nil, in.located(err, "")
	}
	f, err := choose(head, o)
	if err != nil {
		return nil, err
	}
	file, err := f.read(in, o)
	if err == nil {
		err = in.err
	}
	if err != nil {
		return nil, in.located(err, f.name)
	}
	file.Kind = f.name
	if o.Unit != "" {
		file.Unit = o.Unit
	}
	file.Unit = canonical(file.Unit)
	if err := file.finish(o); err != nil {
		return nil, in.located(err, f.name)
	}
	return file, nil
}

func choose(head []byte, o Options) (format, error) {
	if o.Kind == "" {
		if o.Match != nil {
			return format{"lines", nil, readMatches}, nil
		}
		i := slices.IndexFunc(formats, func(f format) bool { return f.detect(head) })
		return formats[i], nil
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == o.Kind })
	if i < 0 {
		return format{}, fmt.Errorf("--kind %s: unknown; there are %s", o.Kind, strings.Join(Kinds(), ", "))
	}
	return formats[i], nil
}

// finish picks the series asked for and refuses a file without samples.
func (f *File) finish(o Options) error {
	if o.Series != "" {
		names := f.Names()
		f.Series = slices.DeleteFunc(f.Series, func(s *Series) bool { return s.Name != o.Series })
		if len(f.Series) == 0 {
			return fmt.Errorf("--series %s: there are %s", o.Series, strings.Join(names, ", "))
		}
	}
	n := int64(0)
	for _, s := range f.Series {
		n += s.Count
	}
	if n == 0 {
		return fmt.Errorf("no numbers; --kind reads it as another of %s", strings.Join(Kinds(), ", "))
	}
	return nil
}

// Names are the names of the series, each once.
func (f *File) Names() []string {
	var names []string
	for _, s := range f.Series {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}
