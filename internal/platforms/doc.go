// Package platforms checks as a test that every package of the module, and its tests,
// has the right types on each platform of the Makefile. It reads the source files and
// compiles nothing:
//
//	go test ./internal/platforms
package platforms
