package result

import (
	"fmt"
	"io"
)

// writeTSV writes a line for each check, with tabs between the fields.
func writeTSV(w io.Writer, d *Document) error {
	for _, c := range d.Checks {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", c.Bench, c.Metric, c.Verdict); err != nil {
			return err
		}
	}
	return nil
}
