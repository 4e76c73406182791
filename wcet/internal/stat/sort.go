package stat

import "slices"

const (
	// sortDigits of sortBits bits each make a value, from the least significant.
	sortBits, sortDigits = 11, 6
	// radixSorted is the length from which on sorting by digits is faster.
	radixSorted = 2048
)

// Sort puts x, without NaN, in ascending order. Long slices are sorted digit by digit,
// in a third of the time of comparisons and twice the memory. A −0 may become a 0.
func Sort(x []float64) {
	if len(x) < radixSorted {
		slices.Sort(x)
		return
	}
	keys, moved := make([]uint64, len(x)), make([]uint64, len(x))
	counts := new([sortDigits][1 << sortBits]int)
	for i, v := range x {
		key := orderKey(v)
		keys[i] = key
		for d := range counts {
			counts[d][key>>(sortBits*d)&(1<<sortBits-1)]++
		}
	}
	for d := range counts {
		place, shift := &counts[d], sortBits*d
		if place[keys[0]>>shift&(1<<sortBits-1)] == len(x) {
			continue // all share this digit
		}
		start := 0
		for digit, count := range place {
			place[digit], start = start, start+count
		}
		for _, key := range keys {
			digit := key >> shift & (1<<sortBits - 1)
			moved[place[digit]] = key
			place[digit]++
		}
		keys, moved = moved, keys
	}
	for i, key := range keys {
		x[i] = orderValue(key)
	}
}
