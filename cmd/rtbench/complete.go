package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// completeNames offers benchmark and suite names to the shell.
func (a *app) completeNames(cmd *cobra.Command) {
	var names, suites []string
	for _, b := range a.catalogue {
		names = append(names, cobra.CompletionWithDesc(b.Name, b.Doc))
		suites = append(suites, b.Suites...)
	}
	slices.Sort(suites)
	for flag, choices := range map[string][]string{"bench": names, "suite": slices.Compact(suites)} {
		if cmd.Flags().Lookup(flag) == nil {
			continue
		}
		complete := cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // the flag was just looked up
		}
	}
}
