// Package selftest measures the method itself: [SelfTest] measures how often a
// verdict of package wcet is wrong, [Coverage] how often a bound of package evt
// covers the true value.
package selftest
