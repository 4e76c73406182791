// Package link compiles and links packages so that the executables have every
// function that is to be judged: also those of a library, those that nothing calls,
// and those that are inlined everywhere. It uses the go command and its build cache,
// and changes nothing in the tree.
//
// The functions of libraries are kept by a generated main function in a temporary
// folder, which refers to them by the linker's names. A program is built as it is,
// with one more file in its package main, by way of the go command's -overlay. A
// generic function is judged for the types that the packages use it with; it is also
// compiled once for basic types that its constraints allow.
package link
