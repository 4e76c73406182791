package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/compare"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/rt/record"
)

// loopSchema names the JSON that `loop --json` prints.
const loopSchema = "memkit.loop/1"

// hostCauses of an outlier show that no loop could have been on time.
const hostCauses = record.Steal | suite.ControlLate

// loopOutliers is how many of each row's largest latencies are listed.
const loopOutliers = 20

// loopResult is what `loop --json` prints. Times are in ns.
type loopResult struct {
	Schema     string            `json:"schema"`
	Env        map[string]string `json:"env"`
	Conditions loopConditions    `json:"conditions"`
	Benches    []loopRow         `json:"benches"`
	// Ratios are the strict loop's: percentile → peer → value.
	Ratios map[string]certificate.Ratios `json:"ratios"`
	// RatiosOf has the same of every row that is no peer.
	RatiosOf map[string]map[string]certificate.Ratios `json:"ratios_of"`
	// Limits bound the p99.9 ratios to the peers from above, by LimitMethod.
	Limits      []loopLimit   `json:"limits"`
	LimitMethod string        `json:"limit_method"`
	Outliers    []loopOutlier `json:"outliers"`
	Ruling      loopRuling    `json:"ruling"`

	docs map[string]string
}

type loopConditions struct {
	Period   int64  `json:"period"`
	Rounds   int    `json:"rounds"`
	Duration int64  `json:"duration"`
	Busy     int    `json:"busy"`
	Garbage  int64  `json:"garbage_bytes_per_s"`
	Wake     string `json:"wake"`
}

// loopRow is a bench with the counts of a periodic loop.
type loopRow struct {
	resultRow
	loopCounts
}

// loopCounts are null where they are not counted.
type loopCounts struct {
	// Periods that were due, and those of them that were dropped: Exempt while
	// the machine stalled, Skipped for another reason.
	Periods *float64 `json:"periods"`
	Skipped *float64 `json:"skipped"`
	Exempt  *float64 `json:"skipped_exempt"`
	Faults  *float64 `json:"faults"`
	EINTR   *float64 `json:"eintr"`
	LostP   *float64 `json:"lost_p"`
	// Allocs of the loop's steps, exact, where the loop counts them, else of the
	// process.
	Allocs *float64 `json:"allocs"`
	// Collections of the process that carries the load.
	Collections *float64 `json:"collections_per_s"`
}

// MarshalJSON adds the counts to the other fields.
func (r loopRow) MarshalJSON() ([]byte, error) {
	row, err := json.Marshal(r.resultRow)
	if err != nil {
		return nil, err
	}
	counts, err := json.Marshal(r.loopCounts)
	if err != nil {
		return nil, err
	}
	return append(append(row[:len(row)-1], ','), counts[1:]...), nil
}

// loopLimit is null where Reason says why.
type loopLimit struct {
	Row        string   `json:"row"`
	Peer       string   `json:"peer"`
	Percentile string   `json:"percentile"`
	Ratio      *float64 `json:"ratio"`
	Upper      *float64 `json:"upper95"`
	Rounds     int      `json:"rounds"`
	Reason     string   `json:"reason,omitempty"`
}

type loopOutlier struct {
	Row   string `json:"row"`
	Round int    `json:"round"`
	Index int64  `json:"index"`
	Value int64  `json:"value"`
	Cause string `json:"cause"`
}

// loopRuling says whose the tail is, of the strict loop and of each row.
type loopRuling struct {
	Tail compare.Owner    `json:"tail"`
	Rule string           `json:"rule"`
	Rows []compare.Ruling `json:"rows"`
}

func newLoopResult(r *loopRequest, run *record.Run, benches []bench.Benchmark) *loopResult {
	res := &loopResult{
		Schema: loopSchema, Env: run.Env,
		Conditions:  loopConditions{r.period.Nanoseconds(), r.rounds, r.duration.Nanoseconds(), r.busy, int64(r.garbage) * suite.GarbageUnit, r.wake},
		Ratios:      map[string]certificate.Ratios{},
		LimitMethod: compare.Method,
		RatiosOf:    map[string]map[string]certificate.Ratios{},
		Ruling:      loopRuling{Tail: compare.Undecided, Rule: compare.Rule},
		docs:        map[string]string{},
	}
	var names []string
	for _, b := range benches {
		names = append(names, b.Name)
		res.docs[b.Name] = b.Doc
	}
	rows := compare.Rows(run, names)
	peers := present(rows, suite.Peers())
	for _, row := range rows {
		b := newLoopRow(row)
		if compare.Find(rows, row.Name) != nil && !slices.Contains(suite.Peers(), row.Name) {
			res.compare(row, peers, compare.Find(rows, suite.RowIsolateIdle))
			b.Ratios = res.RatiosOf[row.Name]["p99"]
		}
		res.Benches = append(res.Benches, b)
		res.Outliers = append(res.Outliers, outliersOf(row)...)
	}
	if of, measured := res.RatiosOf[suite.RowStrict]; measured {
		res.Ratios = of
	}
	return res
}

// present are the rows of those names that have samples.
func present(rows []*compare.Row, names []string) (found []*compare.Row) {
	for _, name := range names {
		if r := compare.Find(rows, name); r != nil {
			found = append(found, r)
		}
	}
	return found
}

// compare enters a row's ratios to the peers, their limits and the ruling on its
// tail. The isolate is also compared with idle, itself without a load.
func (res *loopResult) compare(row *compare.Row, peers []*compare.Row, idle *compare.Row) {
	of := map[string]certificate.Ratios{}
	others := peers
	if row.Name == suite.RowIsolate && idle != nil {
		others = append(slices.Clone(peers), idle)
	}
	for name, ratios := range compare.Ratios(row, others) {
		of[name] = ratios
	}
	res.RatiosOf[row.Name] = of
	var peer *compare.Row
	if len(peers) > 0 {
		peer = peers[0]
	}
	for _, p := range others {
		l := compare.Upper(row, p, .999, compare.LimitPeriods)
		res.Limits = append(res.Limits, loopLimit{
			Row: row.Name, Peer: p.Name, Percentile: "p99.9",
			Ratio: finite(of["p99.9"][p.Name]), Upper: finite(l.Upper), Rounds: l.Rounds, Reason: l.Reason,
		})
	}
	ruling := compare.AttributeTail(row, peer, hostCauses)
	res.Ruling.Rows = append(res.Ruling.Rows, ruling)
	if row.Name == suite.RowStrict {
		res.Ruling.Tail = ruling.Owner
	}
}

func newLoopRow(row *compare.Row) loopRow {
	r := loopRow{resultRow: resultRow{Name: row.Name, Unit: "ns", Ratios: certificate.Ratios{}, RatioOf: "p99", Unavailable: row.Unavailable}}
	if row.N() == 0 {
		return r
	}
	c := row.Counters()
	r.N, r.Counters, r.Facts = row.N(), c, row.Facts()
	r.NsPerOp, r.Max = finite(row.Mean()), finite(row.Max())
	r.P50, r.P99, r.P999, r.P9999 = finite(row.Quantile(.5)), finite(row.Quantile(.99)), finite(row.Quantile(.999)), finite(row.Quantile(.9999))
	count := func(name string) *float64 {
		v, counted := c[name]
		if !counted {
			return nil
		}
		return &v
	}
	r.loopCounts = loopCounts{
		Periods: count("periods"), Skipped: count("skipped"), Exempt: count("skipped_exempt"),
		Faults: count("faults"), EINTR: count("eintr"), LostP: count("lost_p"), Allocs: count("allocs"),
	}
	if n := count("step_allocs"); n != nil {
		r.Allocs = n
	}
	if r.Allocs != nil {
		r.AllocsPerOp = finite(*r.Allocs / float64(r.N))
	}
	if n := count("collections"); n != nil {
		r.Collections = finite(*n / c["collections_s"])
	}
	return r
}

// outliersOf are a row's largest latencies over all rounds.
func outliersOf(row *compare.Row) []loopOutlier {
	var all []loopOutlier
	for _, s := range row.Rounds {
		for _, o := range s.Outliers {
			all = append(all, loopOutlier{row.Name, s.Process, o.Index, o.Value, causeOf(row.Name, o.Cause)})
		}
	}
	slices.SortStableFunc(all, func(a, b loopOutlier) int { return cmp.Compare(b.Value, a.Value) })
	return all[:min(len(all), loopOutliers)]
}

// causeOf names the causes. What nothing readable explains is the kernel's or the
// host's on a real-time thread; an ordinary one may also have waited its turn.
func causeOf(row string, c record.Cause) string {
	var names []string
	if c&suite.ControlLate != 0 {
		names = append(names, "control-late")
	}
	if c &^= suite.ControlLate; c != record.Unattributed {
		names = append(names, c.String())
	}
	switch {
	case len(names) > 0:
		return strings.Join(names, "|")
	case row == suite.RowPlain:
		return "scheduling"
	}
	return "kernel-or-host"
}

// hasRatio reports whether the strict loop has a ratio to a peer.
func (res *loopResult) hasRatio() bool { return len(res.Ratios["max"]) > 0 }

// obstacles are the reasons why it has none.
func (res *loopResult) obstacles() string {
	var reasons []string
	for _, b := range res.Benches {
		if b.Unavailable != "" && (b.Name == suite.RowStrict || slices.Contains(suite.Peers(), b.Name)) {
			reasons = append(reasons, b.Name+": "+b.Unavailable)
		}
	}
	return strings.Join(reasons, "; ")
}

// writeText prints the comparison for people; times are in µs.
func (res *loopResult) writeText(w *result.Page) error {
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "LATENCY, µs\tp50\tp99\tp99.9\tmax\tperiods\tskipped\texempt\tlost\t")
	for _, b := range res.Benches {
		if b.Unavailable == "" {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", b.Name,
				micros(b.P50), micros(b.P99), micros(b.P999), micros(b.Max),
				number(b.Periods), number(b.Skipped), number(b.Exempt), share(b.Skipped, b.Periods))
		}
	}
	_ = table.Flush() // what w refuses shows in the last write
	res.writeRatios(w)
	res.writeNotes(w)
	fmt.Fprintln(w)
	for _, v := range res.Ruling.Rows {
		w.Entry("Tail", fmt.Sprintf("%s: %s (%s)", v.Row, owners[v.Owner], v.Text))
	}
	w.Entry("Rule", res.Ruling.Rule)
	_, err := fmt.Fprintln(w)
	return err
}

var owners = map[compare.Owner]string{
	compare.Go: "Go's", compare.Kernel: "the kernel's", compare.Host: "the host's",
	compare.None: "there is none", compare.Undecided: "undecided",
}

// writeRatios prints each row over each peer.
func (res *loopResult) writeRatios(w io.Writer) {
	if len(res.Limits) == 0 {
		return
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "RATIO\tp50\tp99\tp99.9\tp99.9 ≤ (95%)\tmax\t")
	for _, l := range res.Limits {
		of := res.RatiosOf[l.Row]
		at := func(percentile string) string { return times(finite(of[percentile][l.Peer])) }
		fmt.Fprintf(table, "%s / %s\t%s\t%s\t%s\t%s\t%s\t\n", l.Row, l.Peer, at("p50"), at("p99"), at("p99.9"), times(l.Upper), at("max"))
	}
	_ = table.Flush()
}

// writeNotes says what the tables leave out.
func (res *loopResult) writeNotes(w *result.Page) {
	fmt.Fprintln(w)
	limit := res.LimitMethod
	for _, l := range res.Limits {
		if l.Reason != "" {
			limit = "none: " + l.Reason
		}
	}
	if len(res.Limits) > 0 {
		w.Entry("Limit", limit)
	}
	for _, b := range res.Benches {
		if b.Unavailable != "" {
			w.Entry("Missing", b.Name+": "+b.Unavailable)
			continue
		}
		text := fmt.Sprintf("%s: %s", b.Name, res.docs[b.Name])
		if b.LostP != nil {
			text += fmt.Sprintf("; %s faults, %s EINTR, %s lost P, %s allocations", number(b.Faults), number(b.EINTR), number(b.LostP), number(b.Allocs))
		}
		if b.Collections != nil {
			text += fmt.Sprintf("; %.1f collections a second in its load", *b.Collections)
		}
		w.Entry("Row", text)
	}
}

func micros(ns *float64) string {
	if ns == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f", *ns/1000)
}

func number(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f", *v)
}

func times(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f×", *v)
}

func share(part, whole *float64) string {
	if part == nil || whole == nil || *whole == 0 {
		return "–"
	}
	percent := 100 * *part / *whole
	if percent > 0 && percent < .01 {
		return fmt.Sprintf("%.1g%%", percent)
	}
	return fmt.Sprintf("%.4g%%", math.Round(percent*100)/100)
}
