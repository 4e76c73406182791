// Package paired measures two sides in the same rounds, and tells whether B is worse
// than A.
//
// A round measures each benchmark once on either side, one process after the other,
// and a coin decides which side begins. If the sides are equal, every exchange of
// them within a round is as likely as the order that was measured, however much
// rounds differ and however long a neighbour of the machine works. The tests rest on
// that alone: they permute whole rounds, never samples.
package paired
