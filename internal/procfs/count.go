package procfs

// maxDigits is how many decimal digits always fit into int64.
const maxDigits = 18

// parseCount reads a decimal number of at most 18 digits that a space or the end
// of the line follows, and skips that character. A number at the end of the text
// may have been cut short and is refused.
//
// Cost: O(len(text)). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 19 characters
func parseCount(text []byte) (n int64, rest []byte, ok bool) {
	for i, c := range text {
		switch {
		case (c == ' ' || c == '\n') && i > 0:
			return n, text[i+1:], true
		case c < '0' || c > '9' || i == maxDigits:
			return 0, nil, false
		}
		n = n*10 + int64(c-'0')
	}
	return 0, nil, false
}
