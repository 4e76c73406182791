package rt

// waits is what the kernel's schedstat says of a thread, in ns.
type waits struct {
	ran    int64 // on a CPU
	waited int64 // runnable and not running: another thread had the CPU
}

// parseWaits reads the first two numbers of /proc/thread-self/schedstat.
//
// Cost: O(len(text)). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(text) bytes
func parseWaits(text []byte) (w waits, ok bool) {
	ran, text, ok := parseCount(text)
	if !ok {
		return waits{}, false
	}
	waited, _, ok := parseCount(text)
	return waits{ran, waited}, ok
}

// parseCount reads a decimal number and the space behind it.
//
// Cost: O(len(text)). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 19 digits, more overflow int64
func parseCount(text []byte) (n int64, rest []byte, ok bool) {
	for i, c := range text {
		switch {
		case c == ' ' && i > 0:
			return n, text[i+1:], true
		case c < '0' || c > '9' || i == maxDigits:
			return 0, nil, false
		}
		n = n*10 + int64(c-'0')
	}
	return 0, nil, false
}

// maxDigits fit into int64 whatever they are.
const maxDigits = 18
