// Package budget loads rtbench.toml, the file in which a project keeps what its
// latencies must not exceed.
//
// Loading is strict: an unknown key, an unknown benchmark, a limit that makes no
// sense or one that the samples cannot decide is an error that names file, line,
// field and remedy, because a gate that ignores half of its file never fires.
//
// docs/rtbench.toml in the repository is a complete, commented file.
package budget
