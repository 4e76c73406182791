// Command mutants measures a package's tests: it applies the mutants that the
// package lists, one at a time, and reports which of them the tests fail to
// notice.
//
//	go run ./internal/mutants [flags] rt/ring rt/pool
//
// A mutant is a small change that makes the code wrong: an order of stores
// exchanged, a bound off by one, a check left out. They are written by hand, in
// the package's testdata/mutants.txt, because a tool that mutates tokens does not
// find the changes that a lock-free or statistical algorithm is most sensitive
// to. DeMillo, Lipton, Sayward, Hints on Test Data Selection, IEEE Computer 11
// (1978).
//
// # The list
//
// A list is plain text. Lines that begin with # and blank lines are ignored.
//
//	run: -short
//	run: -race -short -run Stress
//
//	mutant: the message is published before it is complete
//	file: producer.go
//	-	slot.value = v
//	-	storeRelease(&slot.sequence, next+1)
//	+	storeRelease(&slot.sequence, next+1)
//	+	slot.value = v
//
// The run lines in front of the first mutant say with which flags of go test the
// package is tested; without one, the flags are -short. The runs are made in
// order until one fails. A mutant begins with its name, and may have
//
//   - run lines of its own, which replace those of the list,
//   - packages: other packages whose tests are run too, separated by blanks,
//   - equivalent: the proof that no test can tell it from the original. Such a
//     mutant is expected to survive and does not count; one that is noticed is
//     an error.
//
// A change names its file, relative to the package's directory, and gives the old
// text in lines that begin with - and the new text in lines that begin with +.
// What follows the sign is taken as it is. The old text must occur in the file
// exactly once; it need not begin where a line begins. Several changes, in
// one file or in several, make one mutant.
//
// # Runs
//
// The package's own tests run first, without a mutant, to see that they pass and
// how long they take; a mutant's tests may take five times as long and 20 seconds.
// The source tree stays as it is: changed files are given to the go command as
// an overlay. Comparisons of instruction counts with their golden files do not
// count as a test here, because every change of a hot function fails them.
//
// -jobs 4 tries four mutants at a time. -part 2/5 tries the second of five pieces of
// a list, for a machine on which the whole takes too long.
//
// The exit status is 0 when each score reaches the bar, 2 when one does not, and 1
// when the list is wrong or the run was interrupted.
package main
