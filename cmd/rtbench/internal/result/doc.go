// Package result prints what a command found, in the format that its user asked
// for. A command fills in a [Document] and gives it to [Output.Print]; it knows no
// format. A format is one file here and one line in formats, and every command
// then has it.
package result
