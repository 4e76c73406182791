package result

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// inMarkdown makes a text harmless in a cell of a table.
var inMarkdown = strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "'", "*", `\*`, "_", `\_`, "[", `\[`)

func writeMarkdown(w io.Writer, d *Document) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "### %s: %s\n\n", inMarkdown.Replace(d.Title), inMarkdown.Replace(d.Verdict))
	fmt.Fprintln(out, "| Verdict | Benchmark | Limit on | Estimate | Upper limit | Budget | Why |")
	fmt.Fprintln(out, "|---|---|---|--:|--:|--:|---|")
	for _, c := range d.Checks {
		for _, cell := range []string{c.Verdict, c.Bench, c.Metric, c.Estimate, c.Upper, c.Limit, c.Why} {
			fmt.Fprint(out, "| ", inMarkdown.Replace(cell), " ")
		}
		fmt.Fprintln(out, "|")
	}
	return out.Flush()
}
