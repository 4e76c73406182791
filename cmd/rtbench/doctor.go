package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/rt/env"
)

func newDoctorCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what on this machine delays real-time threads",
		Long: `Check the machine's settings and this user's rights, and say what to change, and
who can. Nothing is changed. What cannot be read is "unknown", never "ok".`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := a.inspect()
			if asJSON {
				return printJSON(a.stdout, findings)
			}
			return writeFindings(a.stdout, findings)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON only")
	return cmd
}

// writeFindings prints one line a check, and below each that is not ok what it
// should be and who can bring that about.
func writeFindings(w io.Writer, findings []env.Finding) error {
	const status = 9
	check := 0
	for _, f := range findings {
		check = max(check, len(f.ID))
	}
	width, indent := terminalWidth(w), status+check+2
	open := 0
	for _, f := range findings {
		wrap(w, width, indent, fmt.Sprintf("%-*s%s", status, f.Status, f.ID), f.Value)
		if f.Status == env.OK {
			continue
		}
		open++
		wrap(w, width, indent, "", "should be: "+f.Want)
		if f.Fix != "" {
			wrap(w, width, indent, "", fmt.Sprintf("fix (%s): %s", f.Who, f.Fix))
		}
	}
	_, err := fmt.Fprintf(w, "\n%d of %d checks are ok.\n", len(findings)-open, len(findings))
	return err
}
