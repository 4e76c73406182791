package main

import (
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
)

// TestBudgetFilesLoad holds the repository's own budget files against the real
// catalogue, so that the documentation stays true.
func TestBudgetFilesLoad(t *testing.T) {
	a := &app{catalogue: suite.All()}
	linux := map[string]string{"os": "linux", "arch": "amd64"}
	for path, profile := range map[string]string{
		"../../rtbench.toml":                  "deadline",
		"../../docs/rtbench.toml":             "lab",
		"../../examples/my-loop/rtbench.toml": "any",
	} {
		f, err := budget.Load(path, a.known(bench.Benchmark{Name: "my-loop"}))
		if err != nil {
			t.Error(err)
			continue
		}
		r, err := f.For(linux)
		if err != nil {
			t.Error(err)
			continue
		}
		if r.Profile != profile || len(r.Budgets) == 0 {
			t.Errorf("%s: profile %q, %d budgets", path, r.Profile, len(r.Budgets))
		}
	}
}

// TestDefaultRunCoversTheBudgets: `rtbench certify` in this repository judges all
// of rtbench.toml.
func TestDefaultRunCoversTheBudgets(t *testing.T) {
	a := &app{catalogue: suite.All()}
	plan, err := (&request{}).plan(a.catalogue)
	if err != nil {
		t.Fatal(err)
	}
	f, err := budget.Load("../../rtbench.toml", a.known())
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.For(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Measured(namesOf(plan.Benches)); err != nil {
		t.Error(err)
	}
}
