// Package jackd runs a private JACK server, for tests and measurements: the
// dummy driver, which is a real clock without a sound card, under a name that no
// other server has, so that a user's own server is never touched.
package jackd
