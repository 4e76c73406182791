// Package debug has the checks that the memory packages make in debug builds. It
// costs other builds nothing: its types are then empty and its constants false.
//
// With build tag rtdebug, [Enabled], owners are checked and memory is filled with
// patterns that reveal use at the wrong time. With go build -asan and a C compiler,
// [Sanitized], free memory is declared unaddressable to the address sanitizer,
// which reports the Go line of an access.
//
// Callers guard every use with these constants, so that neither the check nor
// its arguments are compiled into a release, nor count against inlining.
package debug
