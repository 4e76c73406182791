package alloctrace

// AudioBlocks is a mixer: each tick every playing voice allocates one block of
// its own size, which lives as many ticks as the voice's chain is long; voices
// come and go, and each brings a delay line that lives as long as it does.
func AudioBlocks(seed uint64, n int) *Trace {
	b := newBuilder("audio-blocks", seed, n)
	const voices, longest = 48, 32
	var (
		playing [voices]bool
		block   [voices]uint32
		chain   [voices]int
		delay   [voices]uint32
	)
	var expiring [longest][]uint32
	for tick := 0; b.open(); tick++ {
		for _, slot := range expiring[tick%longest] {
			b.free(slot)
		}
		expiring[tick%longest] = expiring[tick%longest][:0]
		for v := range voices {
			if b.rand.IntN(200) == 0 {
				if playing[v] {
					b.free(delay[v])
				} else {
					block[v] = 64 << b.rand.Uint32N(5) * 4 * (1 + b.rand.Uint32N(2))
					chain[v] = 1 + b.rand.IntN(longest-1)
					delay[v] = b.allocAny(4 * (480 + b.rand.Uint32N(48_000)))
				}
				playing[v] = !playing[v]
			}
			if playing[v] {
				at := (tick + chain[v]) % longest
				expiring[at] = append(expiring[at], b.allocAny(block[v]))
			}
		}
	}
	return b.close()
}

// Messages is a broker: small messages arrive in bursts and leave roughly in
// the order in which they came, one in sixteen much later; how deep the queue
// stands wanders between empty and 8192.
func Messages(seed uint64, n int) *Trace {
	b := newBuilder("messages", seed, n)
	const deep, burst = 8192, 64
	var queue, parked []uint32
	depth := 0
	for b.open() {
		if b.rand.IntN(256) == 0 {
			depth = b.rand.IntN(deep)
		}
		for range 1 + b.rand.IntN(burst) {
			size := 24 + b.rand.Uint32N(232)
			if b.rand.IntN(8) == 0 {
				size = b.logUniform(8, 5)
			}
			queue = append(queue, b.allocAny(size))
		}
		for leave := b.rand.IntN(2 * burst); leave > 0 && len(queue) > depth; leave-- {
			at := b.rand.IntN(min(16, len(queue)))
			slot := queue[at]
			queue[at] = queue[0]
			queue = queue[1:]
			if b.rand.IntN(16) == 0 {
				parked = append(parked, slot)
				continue
			}
			b.free(slot)
		}
		for len(parked) > deep/16 {
			at := b.rand.IntN(len(parked))
			b.free(parked[at])
			parked[at] = parked[len(parked)-1]
			parked = parked[:len(parked)-1]
		}
	}
	return b.close()
}

// Growing is a program of buffers that double: each growth allocates the new
// block before it frees the old one, and a full-grown buffer is dropped and
// begun again.
func Growing(seed uint64, n int) *Trace {
	b := newBuilder("growing", seed, n)
	const buffers = 512
	var (
		slot [buffers]uint32
		size [buffers]uint32
		goal [buffers]uint32
	)
	for b.open() {
		i := b.rand.IntN(buffers)
		switch {
		case size[i] == 0:
			goal[i] = b.logUniform(6, 12)
			size[i] = 32 + b.rand.Uint32N(32)
			slot[i] = b.allocAny(size[i])
		case size[i] >= goal[i]:
			b.free(slot[i])
			size[i] = 0
		default:
			old := slot[i]
			size[i] *= 2
			slot[i] = b.allocAny(size[i])
			b.free(old)
		}
	}
	return b.close()
}

// SawTooth fills to 8 MiB with blocks of 16 B to 4 KiB, then frees four in five
// in random order, and again.
func SawTooth(seed uint64, n int) *Trace {
	b := newBuilder("saw-tooth", seed, n)
	const crest = 8 << 20
	var live []uint32
	for b.open() {
		for b.open() && b.bytes < crest {
			live = append(live, b.allocAny(b.logUniform(4, 8)))
		}
		for b.open() && b.bytes > crest/5 {
			at := b.rand.IntN(len(live))
			b.free(live[at])
			live[at] = live[len(live)-1]
			live = live[:len(live)-1]
		}
	}
	return b.close()
}
