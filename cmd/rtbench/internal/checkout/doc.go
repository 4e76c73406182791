// Package checkout builds programs and tests of one commit of a git repository in a
// temporary worktree, which leaves the user's own tree as it is.
package checkout
