package bus

// stuff writes a frame as it stands on a serial line to dst, which must have room for
// it, and returns the length.
func stuff(dst, frame []byte) int {
	sum := checksum(frame)
	n := len(frame)
	at := func(i int) byte {
		switch i - n {
		case 0:
			return byte(sum)
		case 1:
			return byte(sum >> 8)
		}
		return frame[i]
	}
	code, out := 0, 1 // the place of the current run's length, the next byte
	for i := range n + 2 {
		if b := at(i); b != 0 {
			dst[out] = b
			out++
		} else {
			dst[code] = byte(out - code)
			code = out
			out++
		}
		if out-code == 0xFF {
			dst[code] = 0xFF
			code = out
			out++
		}
	}
	dst[code] = byte(out - code)
	dst[out] = 0
	return out + 1
}

// unstuff is the inverse of stuff, without the zero byte at the end. It returns false
// for what stuff does not write.
func unstuff(dst, src []byte) (n int, ok bool) {
	for i := 0; i < len(src); {
		run := int(src[i])
		if run == 0 || i+run > len(src) || n+run > len(dst) {
			return 0, false
		}
		n += copy(dst[n:], src[i+1:i+run])
		if i += run; run < 0xFF && i < len(src) {
			dst[n] = 0
			n++
		}
	}
	if n < 2 {
		return 0, false
	}
	n -= 2
	return n, checksum(dst[:n]) == uint16(dst[n])|uint16(dst[n+1])<<8
}

// checksum is CRC-16/IBM-3740: polynomial 0x1021, from 0xFFFF.
func checksum(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, v := range b {
		x := byte(crc>>8) ^ v
		x ^= x >> 4
		crc = crc<<8 ^ uint16(x)<<12 ^ uint16(x)<<5 ^ uint16(x)
	}
	return crc
}
