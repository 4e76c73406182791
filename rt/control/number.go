package control

// clamp returns x, or the bound that it is beyond.
func clamp(x, low, high float64) float64 {
	if x > high {
		return high
	}
	if x < low {
		return low
	}
	return x
}

// epsilon is the distance from 1 to the next float64.
const epsilon = 0x1p-52

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
