// Command withc calls C.
package main

/*
#include <stdlib.h>

static int triple(int n) { return 3 * n; }
*/
import "C"

import "fmt"

//go:noinline
func callsC(n int) int { return int(C.triple(C.int(n))) }

//go:noinline
func copiesString(s string) { C.free(nil); C.free(pointer(s)) }

//go:noinline
func clean(a []int) (s int) {
	for _, v := range a {
		s += v
	}
	return s
}

//go:noinline
func allocates() *int { return new(int) }

func main() {
	fmt.Println(callsC(1), clean(nil), allocates())
	copiesString("")
}
