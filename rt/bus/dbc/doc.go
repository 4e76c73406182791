// Package dbc reads the description of a CAN network from a DBC file and converts
// between the bits of its frames and physical values.
//
// [Parse] reads a file once, before real time starts; it uses the parser of
// go.einride.tech/can. [Signal.Decode] and [Signal.Encode] then run in a step: they
// neither allocate nor block.
package dbc
