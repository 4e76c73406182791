package result

import (
	"io"

	"github.com/spf13/pflag"
)

// Output is the choice of formats. The zero value prints text.
type Output struct {
	// chosen is set by the flag of the format of the same index.
	chosen []bool
}

// Flags adds one flag for each format.
func (o *Output) Flags(f *pflag.FlagSet) {
	o.chosen = make([]bool, len(formats))
	for i, format := range formats {
		f.BoolVar(&o.chosen[i], format.name, false, format.usage)
	}
}

// Page is where a command announces its next step to a reader. Its text is dropped
// when standard output is for another program.
func (o *Output) Page(w io.Writer) *Page {
	if o.machine() {
		return NewPage(io.Discard)
	}
	return NewPage(w)
}

// Print writes the document to w in the chosen format.
func (o *Output) Print(w io.Writer, d Document) error {
	for i, chosen := range o.chosen {
		if chosen {
			return formats[i].write(w, &d)
		}
	}
	return writeText(w, &d)
}

// machine reports whether standard output is for another program.
func (o *Output) machine() bool {
	for _, chosen := range o.chosen {
		if chosen {
			return true
		}
	}
	return false
}
