package result

import "io"

// format writes documents in one notation.
type format struct {
	// name of the flag that asks for it, and the flag's help.
	name, usage string
	write       func(io.Writer, *Document) error
}

// formats replace the text for readers when their flag is given.
var formats = []format{
	{"json", "print JSON only", writeJSON},
}

// fileFormats are written to the file that their flag names, in addition.
var fileFormats = []format{
	{"junit", "also write the verdicts to `FILE` as JUnit XML", writeJUnit},
	{"markdown", "also write the verdicts to `FILE` as Markdown, for a job's summary", writeMarkdown},
}

// annotations are printed in addition, by the value of the flag --annotations.
var annotations = map[string]func(io.Writer, *Document) error{
	"github": writeGitHub,
}

// writeText is the format without a flag.
func writeText(w io.Writer, d *Document) error { return d.Text(NewPage(w)) }
