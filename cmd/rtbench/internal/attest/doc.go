// Package attest signs certificates and verifies them: an in-toto Statement in a DSSE
// envelope, signed with Ed25519. The statement's subjects are the files that the
// signature covers, by their SHA-256, and its predicate is the certificate.
package attest
