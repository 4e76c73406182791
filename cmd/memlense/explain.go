package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/lens/report"
)

func newExplainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE...]",
		Short: "Say what a code means and why it matters, with an example",
		Long: `explain says what a code reports and why it matters, and shows code with the
finding and the same without it. Without CODE it lists all codes.`,
		Example: "  memlense explain ML601",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, c := range report.Codes() {
				names = append(names, cobra.CompletionWithDesc(c.ID, c.Title))
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			w := cmd.OutOrStdout()
			if len(args) == 0 {
				for _, c := range report.Codes() {
					fmt.Fprintf(w, "%s  %-7s  %s\n", c.ID, c.Severity, c.Title)
				}
				return nil
			}
			for _, name := range args {
				if _, ok := report.Explain(strings.ToUpper(name)); !ok {
					return fmt.Errorf("explain: no code %q; memlense explain lists them", name)
				}
			}
			for i, name := range args {
				c, _ := report.Explain(strings.ToUpper(name))
				if i > 0 {
					fmt.Fprintln(w)
				}
				fmt.Fprintf(w, "%s: %s (%s; %s)\n\n%s\n\n%s\n\nWith the finding:\n\n%s\nWithout:\n\n%s",
					c.ID, c.Title, c.Severity, "//rt:"+strings.Join(c.Contracts, ", //rt:"), c.What, c.Why, indented(c.Bad), indented(c.Good))
			}
			return nil
		},
	}
}

// indented is source text with each line set in by four columns.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return b.String()
}
