// Package result prints the findings of a command in the format that the user
// chose. A command fills in a [Document] and gives it to [Output.Print]; it knows
// no format. A format is one file of this package and one row of formats; every
// command then has its flag.
package result
