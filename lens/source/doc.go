// Package source finds what breaks a real-time contract by the source: by types,
// SSA form and call graph.
//
// A function with //rt:nonblocking or //rt:nonallocating is followed through its
// calls, to functions whose own contract, or a contract file of the tool, answers
// for them. What remains and breaks the contract is a finding, with the chain of
// calls that leads there. Calls of function values and interface methods are
// followed where each value is evident, and else through the contract of their
// type; in [Load] also through the call graph of the whole program (VTA).
//
// The source overstates allocation: escape analysis and inlining remove some of it.
// Package lens therefore has the linked executable decide.
package source
