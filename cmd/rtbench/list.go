package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

// listed is a benchmark as `list --json` prints it.
type listed struct {
	Name   string   `json:"name"`
	Doc    string   `json:"doc"`
	Suites []string `json:"suites"`
	Peers  []string `json:"peers"`
}

func newListCommand(a *app) *cobra.Command {
	var (
		suites []string
		out    result.Output
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
			return out.Print(cmd.OutOrStdout(), result.Document{
				Data: newList(selected),
				Text: func(p *result.Page) error { return writeList(p, selected) },
			})
		},
	}
	cmd.Flags().StringSliceVar(&suites, "suite", nil, "only these `SUITES`")
	out.Flags(cmd.Flags())
	a.completeNames(cmd)
	return cmd
}

func newList(benches []bench.Benchmark) []listed {
	list := []listed{}
	for _, b := range benches {
		list = append(list, listed{Name: b.Name, Doc: b.Doc, Suites: b.Suites, Peers: b.Peers})
	}
	return list
}

func writeList(w io.Writer, benches []bench.Benchmark) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "BENCH\tSUITES\tWHAT IT MEASURES")
	for _, b := range benches {
		fmt.Fprintf(table, "%s\t%s\t%s\n", b.Name, strings.Join(b.Suites, ","), b.Doc)
	}
	return table.Flush()
}
