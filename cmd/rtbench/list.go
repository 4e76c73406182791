package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

// listed is a benchmark as `list --json` tells of it.
type listed struct {
	Name   string   `json:"name"`
	Doc    string   `json:"doc"`
	Suites []string `json:"suites"`
	Peers  []string `json:"peers"`
}

func newListCommand(a *app) *cobra.Command {
	var (
		suites []string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the benchmarks",
		Long: `List the benchmarks that rtbench knows, with the suites each belongs to. Names
are permanent: budgets refer to them.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			selected, err := bench.Selection{Suites: suites}.From(a.catalogue)
			if err != nil {
				return err
			}
			if asJSON {
				return printList(cmd.OutOrStdout(), selected)
			}
			return writeList(cmd.OutOrStdout(), selected)
		},
	}
	cmd.Flags().StringSliceVar(&suites, "suite", nil, "only these `SUITES`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON only")
	a.completeNames(cmd)
	return cmd
}

func printList(w io.Writer, benches []bench.Benchmark) error {
	list := []listed{}
	for _, b := range benches {
		list = append(list, listed{Name: b.Name, Doc: b.Doc, Suites: b.Suites, Peers: b.Peers})
	}
	return printJSON(w, list)
}

func writeList(w io.Writer, benches []bench.Benchmark) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "BENCH\tSUITES\tWHAT IT MEASURES")
	for _, b := range benches {
		fmt.Fprintf(table, "%s\t%s\t%s\n", b.Name, strings.Join(b.Suites, ","), b.Doc)
	}
	return table.Flush()
}
