package result

import (
	"io"

	"github.com/memkit-go/memkit/internal/github"
)

// writeGitHub prints a workflow command for each limit that does not hold: an error
// where it is broken, a warning where it is not decided.
func writeGitHub(w io.Writer, d *Document) error {
	for _, c := range d.Checks {
		level := github.Warning
		switch c.Verdict {
		case pass:
			continue
		case fail:
			level = github.Error
		}
		a := github.Annotation{Level: level, Title: c.Verdict + " " + c.Bench + " " + c.Metric, Message: c.Why}
		if err := a.Write(w); err != nil {
			return err
		}
	}
	return nil
}
