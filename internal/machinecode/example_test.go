package machinecode_test

import (
	"fmt"

	"github.com/memkit-go/memkit/internal/machinecode"
)

//go:noinline
func sum(values *[8]int) (s int) {
	for _, v := range values {
		s += v
	}
	return s
}

func Example() {
	sum(new([8]int))
	binary, err := machinecode.Self()
	if err != nil {
		fmt.Println(err) // not ELF: this is no Linux
		return
	}
	f, err := binary.Func("github.com/memkit-go/memkit/internal/machinecode_test.sum")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("loops:", len(f.Loops) > 0)
	// Output: loops: true
}
