// Package suite is the list of benchmarks that rtbench knows.
//
// Their names are permanent: budgets in users' repositories refer to them. A
// name is "family/case"; what a benchmark is compared with lies in the families
// today (what a program does without memkit), peer (other libraries) and c (the
// same in C). Of such a name, the part from the slash to the first hyphen says
// who the peer is: glibc, modernc, make, syncpool, chan, xsync, ticker.
//
// Each benchmark runs in a fresh process and may leave settings of that process
// behind.
package suite
