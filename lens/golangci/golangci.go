// Package golangci makes memlense a linter of golangci-lint, as a plugin of its
// module system:
//
//	# .custom-gcl.yml; golangci-lint custom builds ./custom-gcl
//	version: v2.12.2
//	plugins:
//	  - module: github.com/memkit-go/memkit
//	    import: github.com/memkit-go/memkit/lens/golangci
//	    version: latest
//
//	# .golangci.yml
//	linters:
//	  enable: [memlense]
//	  settings:
//	    custom:
//	      memlense: {type: module}
//
// The plugin reports what the source of one package and the facts of its imports
// show, as `go vet -vettool` does. `memlense check` also sees the whole program, the
// compiler's evidence and the linked executable.
package golangci

import (
	"fmt"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/memkit-go/memkit/lens/source"
)

// Name of the linter in the configuration of golangci-lint.
const Name = "memlense"

func init() { register.Plugin(Name, New) }

// settings of the linter: there are none. A key is a mistake.
type settings struct{}

type plugin struct{}

// New is the plugin, for the register of golangci-lint.
func New(conf any) (register.LinterPlugin, error) {
	if conf != nil {
		if _, err := register.DecodeSettings[settings](conf); err != nil {
			return nil, fmt.Errorf("golangci: memlense has no settings; remove them: %w", err)
		}
	}
	return plugin{}, nil
}

// BuildAnalyzers returns the analyser of memlense.
func (plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return []*analysis.Analyzer{source.Analyzer}, nil
}

// GetLoadMode asks for packages with their types.
func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
