package golangci

import (
	"strings"
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
)

// TestPlugin goes the way of golangci-lint: by name to the constructor, to the
// analysers, and runs them.
func TestPlugin(t *testing.T) {
	construct, err := register.GetPlugin("memlense")
	if err != nil {
		t.Fatal(err)
	}
	for _, conf := range []any{nil, map[string]any{}} {
		linter, err := construct(conf)
		if err != nil {
			t.Fatalf("%v: %v", conf, err)
		}
		if mode := linter.GetLoadMode(); mode != register.LoadModeTypesInfo {
			t.Errorf("load mode %q", mode)
		}
		analyzers, err := linter.BuildAnalyzers()
		if err != nil || len(analyzers) != 1 {
			t.Fatalf("%d analysers, %v", len(analyzers), err)
		}
		if err := analysis.Validate(analyzers); err != nil {
			t.Error(err)
		}
		analysistest.Run(t, analysistest.TestData(), analyzers[0], "a")
	}
}

func TestSettingsAreRefused(t *testing.T) {
	_, err := New(map[string]any{"strict": true})
	if err == nil || !strings.Contains(err.Error(), "strict") {
		t.Errorf("error %v", err)
	}
}
