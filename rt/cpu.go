package rt

import "strconv"

// CPU names the processor that a loop runs on. The zero value, [AnyCPU], names
// none, so that CPU 0 is never chosen by an omission; name one with [OnCPU].
type CPU struct {
	number int
	named  bool
}

// AnyCPU leaves the choice to the mode: Strict takes the next of the CPUs that
// [Setup] keeps free for loops, the other modes leave the thread's affinity as
// it is.
var AnyCPU = CPU{}

// OnCPU names the CPU with the kernel's number, the first being 0. Whether it
// exists and is online is checked by [NewLoop].
func OnCPU(number int) CPU { return CPU{number: number, named: true} }

// Number is the kernel's number of the CPU; ok is false for [AnyCPU].
func (c CPU) Number() (number int, ok bool) { return c.number, c.named }

// String is "any" or the CPU's number.
func (c CPU) String() string {
	if !c.named {
		return "any"
	}
	return strconv.Itoa(c.number)
}
