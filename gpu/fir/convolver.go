package fir

// convolver is the CPU's half: the history, and the sum.
type convolver struct {
	reversed []float32 // taps, the last one first, padded in front to MostTaps
	past     []float32 // room for MostTaps samples and more blocks behind them
	end      int       // of the newest block in past
	first    int       // index of the first tap of reversed that is not padding
}

// room is how many blocks fit into past before the history moves to its front: a
// move of 16 KiB each 64 blocks.
const room = 64 * Block

func newConvolver(taps []float32) convolver {
	c := convolver{reversed: make([]float32, MostTaps), past: make([]float32, history+room), first: MostTaps - len(taps)}
	for k, h := range taps {
		c.reversed[MostTaps-1-k] = h
	}
	c.reset()
	return c
}

func (c *convolver) reset() {
	clear(c.past)
	c.end = history
}

// push takes a block.
func (c *convolver) push(x *[Block]float32) {
	if c.end+Block > len(c.past) {
		copy(c.past, c.past[c.end-history:c.end])
		c.end = history
	}
	copy(c.past[c.end:], x[:])
	c.end += Block
}

// recent copies one of the newest blocks: 1 is the newest.
func (c *convolver) recent(x *[Block]float32, i int) {
	copy(x[:], c.past[c.end-i*Block:])
}

// convolve computes the output of the newest block. Eight sums run side by side, as
// a processor adds several at a time, and because it keeps the rounding error small.
func (c *convolver) convolve(out *[Block]float32) {
	h := c.reversed[c.first&^7:]
	for n := range out {
		x := c.past[c.end-Block+n+1-len(h):][:len(h)]
		var s [8]float32
		for k := 0; k+8 <= len(h); k += 8 {
			a, b := h[k:k+8:k+8], x[k:k+8:k+8]
			s[0] += a[0] * b[0]
			s[1] += a[1] * b[1]
			s[2] += a[2] * b[2]
			s[3] += a[3] * b[3]
			s[4] += a[4] * b[4]
			s[5] += a[5] * b[5]
			s[6] += a[6] * b[6]
			s[7] += a[7] * b[7]
		}
		out[n] = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
	}
}
