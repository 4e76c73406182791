// Package report shows a certificate: as one self-contained page ([HTML]), as a
// table for a terminal ([Table], [Reasons]) and as one picture ([Picture]).
//
// Nothing here measures or judges. A figure that the evidence cannot give is a
// dash, the largest sample is called an observation, and a fit that the
// hypotheses do not support is drawn and marked as such.
package report
