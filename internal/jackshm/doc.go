// Package jackshm inspects the files of JACK servers in shared memory, for what
// killed programs have left there: a metadata database that is locked or half made,
// and servers that still count as registered. Either keeps every further jackd of the
// user from starting, until the files are removed.
//
// Each JACK server and client has the database open, a Berkeley DB environment, which
// has no owner that could unlock it. A server that ends well removes the files, also
// where other servers use them: those keep what they have mapped. So to remove them is
// always permitted.
package jackshm
