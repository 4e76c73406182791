// Package history follows the figures of certificates over the commits of a project
// and finds where they change.
//
// Certificates are files in a directory: one in each .json file, or one a line in
// .jsonl files. There is no database; a digest in the same directory only saves
// reading them again, and may be deleted at any time.
package history
