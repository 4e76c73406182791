// Command empty does nothing; TestScanRequested reads what its linker says of the
// runtime's types.
package main

func main() {}
