// Package spelling compares words, to tell a user which one was probably meant.
package spelling

// Distance is Levenshtein's distance of two words: how many bytes have to be put in,
// taken out or changed to make one of the other. It takes time and memory for
// O(len(a)·len(b)) and O(len(b)).
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
