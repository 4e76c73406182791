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

// writeText is the format without a flag.
func writeText(w io.Writer, d *Document) error { return d.Text(NewPage(w)) }
