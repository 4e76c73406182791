package result

import (
	"fmt"
	"io"
	"strings"
)

var (
	// inMessage and inProperty escape text in GitHub's workflow commands.
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// writeGitHub prints a workflow command for each limit that does not hold: an error
// where it is broken, a warning where it is not decided.
func writeGitHub(w io.Writer, d *Document) error {
	for _, c := range d.Checks {
		level := "warning"
		switch c.Verdict {
		case pass:
			continue
		case fail:
			level = "error"
		}
		title := inProperty.Replace(c.Verdict + " " + c.Bench + " " + c.Metric)
		if _, err := fmt.Fprintf(w, "::%s title=%s::%s\n", level, title, inMessage.Replace(c.Why)); err != nil {
			return err
		}
	}
	return nil
}
