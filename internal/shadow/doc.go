// Package shadow runs structures against shadow models, for tests: a driver does
// what a [Source] of bytes decides, and compares with a plain Go model. The bytes
// come from the fuzzer, or from a seeded generator for as long as one likes.
package shadow
