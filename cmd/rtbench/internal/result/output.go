package result

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Output is the choice of formats. The zero value prints text.
type Output struct {
	// chosen is set by the flag of the format of the same index.
	chosen []bool
	// files are the names given for the file formats of the same index.
	files    []string
	annotate string
}

// Flags adds one flag for each format of standard output.
func (o *Output) Flags(f *pflag.FlagSet) {
	o.chosen = make([]bool, len(formats))
	for i, format := range formats {
		f.BoolVar(&o.chosen[i], format.name, false, format.usage)
	}
}

// VerdictFlags adds those of the formats that show verdicts.
func (o *Output) VerdictFlags(f *pflag.FlagSet) {
	o.files = make([]string, len(fileFormats))
	for i, format := range fileFormats {
		f.StringVar(&o.files[i], format.name, "", format.usage)
	}
	f.StringVar(&o.annotate, "annotations", "", "also print what does not pass as annotations of `SERVICE`: github")
}

// Check refuses a service that is not known, before anything is measured.
func (o *Output) Check() error {
	if _, known := annotations[o.annotate]; o.annotate != "" && !known {
		return fmt.Errorf("--annotations %s: there are %s", o.annotate, strings.Join(slices.Sorted(maps.Keys(annotations)), ", "))
	}
	return nil
}

// Page is where a command tells a reader what it is about to do. Text written
// there is dropped when standard output is for another program.
func (o *Output) Page(w io.Writer) *Page {
	if o.Machine() {
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

// Annotate prints the annotations that were asked for.
func (o *Output) Annotate(w io.Writer, d Document) error {
	if o.annotate == "" {
		return nil
	}
	return annotations[o.annotate](w, &d)
}

// Files calls write for each file that was asked for.
func (o *Output) Files(d Document, write func(path string, content func(io.Writer) error) error) error {
	for i, path := range o.files {
		if path == "" {
			continue
		}
		if err := write(path, func(w io.Writer) error { return fileFormats[i].write(w, &d) }); err != nil {
			return err
		}
	}
	return nil
}

// Machine reports whether standard output is for another program.
func (o *Output) Machine() bool { return slices.Contains(o.chosen, true) }
