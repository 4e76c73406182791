// Package lint holds the rules of the house as Go tests: who may import whom
// (the table in ARCHITECTURE.md), contracts on hot functions, where unsafe code
// and benchmark peers may live, and no sleeping tests.
//
//	go test ./internal/lint
package lint
