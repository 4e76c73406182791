// Package report says what memlense found: findings with their call chain, evidence
// and fix, the table of codes, and the JSON that `memlense check --json` prints.
//
// A [Report] is clean when it has neither findings nor errors. Hints and allowed
// findings are information and change no exit code.
package report
