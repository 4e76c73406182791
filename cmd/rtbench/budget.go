package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/wcet"
)

const (
	// minCertificates is how many certificates a budget is derived from: fewer
	// say nothing of how certificates of one machine differ.
	minCertificates = 3
	defaultMargin   = 1.3
)

// derivedQuantiles are limited where every certificate bounds them.
var derivedQuantiles = []float64{.99, .999, .9999}

// identity are the properties of the fingerprint that make two machines one.
var identity = []string{"os", "arch", "cpu.model", "cpu.online", "cpu.isolated", "kernel.release", "kernel.preempt", "hypervisor"}

// newBudgetCommand derives absolute limits from certificates.
func newBudgetCommand(a *app) *cobra.Command {
	var (
		from          []string
		margin        float64
		tighten, name string
	)
	cmd := &cobra.Command{
		Use:   "budget --from CERTIFICATE CERTIFICATE CERTIFICATE...",
		Short: "Derive limits from certificates of this machine",
		Long: `Print a profile for rtbench.toml with a limit for every benchmark: the largest
upper confidence limit among the certificates, times --margin. At least three
certificates are needed, all of one machine.

With --tighten FILE the limits of the profile in FILE that matches the machine
are lowered to these where these are lower. None is raised and none added.`,
		Example: `  rtbench budget --from mon/certificate.json tue/certificate.json wed/certificate.json >> rtbench.toml
  rtbench budget --from a.json b.json c.json --margin 1.2 --tighten rtbench.toml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			certificates, err := loadCertificates(append(from, args...))
			if err != nil {
				return err
			}
			if !(margin >= 1) || math.IsInf(margin, 0) {
				return fmt.Errorf("--margin %v: must be ≥1; %v leaves room for what three certificates did not see", margin, defaultMargin)
			}
			budgets := derive(certificates, margin)
			if len(budgets) == 0 {
				return errors.New("the certificates have no benchmark in common whose latency all of them bound; measure longer")
			}
			env := certificates[0].Env
			if tighten == "" {
				_, err := io.WriteString(a.stdout, "# "+origin(certificates, margin)+"\n"+budget.Profile(name, identityOf(env), budgets))
				return err
			}
			return a.tighten(tighten, env, budgets)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&from, "from", nil, "the `CERTIFICATES`, certificate.json of three or more runs")
	f.Float64Var(&margin, "margin", defaultMargin, "multiply the largest upper limit by `M`")
	f.StringVar(&name, "profile", "machine", "`NAME` of the printed profile")
	f.StringVar(&tighten, "tighten", "", "lower the limits in `FILE` instead of printing")
	if err := cmd.MarkFlagRequired("from"); err != nil {
		panic(err) // the flag was just defined
	}
	return cmd
}

// loadCertificates reads certificates and requires that they are different ones of
// one machine.
func loadCertificates(paths []string) ([]*certificate.Certificate, error) {
	if len(paths) < minCertificates {
		return nil, fmt.Errorf("%s: at least %d are needed, each of a run of its own", counted(len(paths), "certificate"), minCertificates)
	}
	var all []*certificate.Certificate
	seen := map[string]string{}
	for _, path := range paths {
		c, err := loadCertificate(path)
		if err != nil {
			return nil, err
		}
		if other, twice := seen[c.Digest]; twice {
			return nil, fmt.Errorf("%s: certifies the same run as %s; give certificates of different runs", path, other)
		}
		seen[c.Digest] = path
		for _, key := range identity {
			if first := paths[0]; len(all) > 0 && c.Env[key] != all[0].Env[key] {
				return nil, fmt.Errorf("%s: %s is %q, in %s it is %q: a budget is of one machine", path, key, c.Env[key], first, all[0].Env[key])
			}
		}
		all = append(all, c)
	}
	return all, nil
}

func loadCertificate(path string) (*certificate.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &certificate.Certificate{}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%s: is no certificate: %w", path, err)
	}
	if c.Schema != certificate.Schema {
		return nil, fmt.Errorf("%s: schema %q, want %q: give the certificate.json that rtbench certify writes", path, c.Schema, certificate.Schema)
	}
	return c, nil
}

// derive multiplies, for each benchmark and limit that all certificates have, the
// largest by margin.
func derive(certificates []*certificate.Certificate, margin float64) []wcet.Budget {
	var budgets []wcet.Budget
	for _, first := range certificates[0].Benches {
		analyses := analysesOf(certificates, first.Name)
		if len(analyses) < len(certificates) {
			continue
		}
		b := wcet.Budget{Benchmark: first.Name}
		for _, p := range derivedQuantiles {
			if upper := largest(analyses, func(a *wcet.Analysis) float64 { return quantileUpper(a, p) }); upper > 0 {
				b.Quantiles = append(b.Quantiles, wcet.QuantileLimit{P: p, Limit: upper * margin})
			}
		}
		for _, bound := range first.Analysis.Bounds {
			upper := largest(analyses, func(a *wcet.Analysis) float64 { return supportedUpper(a, bound) })
			if b.Exceedance == nil && upper > 0 {
				b.Exceedance = &wcet.ExceedanceLimit{P: bound.P, Limit: upper * margin}
			}
		}
		if len(b.Quantiles) > 0 || b.Exceedance != nil {
			budgets = append(budgets, b)
		}
	}
	return budgets
}

func analysesOf(certificates []*certificate.Certificate, name string) []*wcet.Analysis {
	var all []*wcet.Analysis
	for _, c := range certificates {
		for _, b := range c.Benches {
			if b.Name == name && b.Unit == "ns" && b.Analysis != nil {
				all = append(all, b.Analysis)
			}
		}
	}
	return all
}

// largest of the values; NaN when one of them is.
func largest(analyses []*wcet.Analysis, value func(*wcet.Analysis) float64) float64 {
	most := math.Inf(-1)
	for _, a := range analyses {
		most = math.Max(most, value(a))
	}
	return most
}

func quantileUpper(a *wcet.Analysis, p float64) float64 {
	for _, q := range a.Quantiles {
		if q.P == p {
			return q.Upper
		}
	}
	return math.NaN()
}

// supportedUpper is the extreme-value limit at like's probability; NaN where the
// evidence does not support it.
func supportedUpper(a *wcet.Analysis, like wcet.Bound) float64 {
	for _, b := range a.Bounds {
		if b.P == like.P && b.Method == like.Method && b.Method != "order-statistic" && b.Supported {
			return b.Upper
		}
	}
	return math.NaN()
}

// identityOf is what a profile matches this machine by.
func identityOf(env map[string]string) map[string]string {
	match := map[string]string{}
	for _, key := range identity {
		if v := env[key]; v != "" && v != "unknown" {
			match[key] = v
		}
	}
	return match
}

// origin says where limits come from.
func origin(certificates []*certificate.Certificate, margin float64) string {
	return fmt.Sprintf("%g times the largest upper limit of %d certificates, the first of %s", margin, len(certificates), certificates[0].Created)
}

// tighten lowers the limits in the file at path, or leaves it as it is.
func (a *app) tighten(path string, env map[string]string, budgets []wcet.Budget) (err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var benches []bench.Benchmark
	for _, b := range budgets {
		benches = append(benches, bench.Benchmark{Name: b.Benchmark})
	}
	tightened, changes, err := budget.Tighten(path, text, a.known(benches...), env, budgets)
	if err != nil {
		return err
	}
	for _, c := range changes {
		fmt.Fprintf(a.stdout, "%s %s: %s, was %s\n", c.Benchmark, c.Key, c.To, c.From)
	}
	if len(changes) == 0 {
		fmt.Fprintf(a.stdout, "%s: no limit is wider than these certificates allow; nothing was changed\n", path)
		return nil
	}
	out, err := openOutputs(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	if err := stageBytes(out, filepath.Base(path), tightened); err != nil {
		return err
	}
	return out.commit()
}
