package main

import (
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/memkit-go/memkit/lens/source"
)

// vetting reports whether the go command calls this executable as its vet tool: it
// asks for the version and the flags, and then passes one configuration file a
// package.
func vetting(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return strings.HasPrefix(args[0], "-V=") || args[0] == "-flags" || strings.HasSuffix(args[len(args)-1], ".cfg")
}

// vet analyses one package for the go command, and ends the process.
func vet() { unitchecker.Main(source.Analyzer) }
