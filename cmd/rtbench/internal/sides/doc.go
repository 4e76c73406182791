// Package sides finds out what the two sides of a comparison are (recorded files,
// commands, programs or commits of a git repository) and prepares what measures them.
package sides
