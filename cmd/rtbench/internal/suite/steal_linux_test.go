package suite

import "testing"

func TestStolen(t *testing.T) {
	for _, c := range []struct {
		stat string
		want int64
	}{
		{"cpu  10430 0 4685 144553 514 0 89 136 0 0\ncpu0 4878 0 1964 73210 50 0 7 62 0 0\n", 136},
		{"cpu 1 2 3 4 5 6 7 8\n", 8},
		{"cpu  1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7 8\n", 0}, // before Linux 2.6.11
		{"cpu  1 2 3 4 5 6 7 8", 0},                       // cut short: the number may go on
		{"", 0},
	} {
		if got := stolen([]byte(c.stat)); got != c.want {
			t.Errorf("stolen(%q) = %d, want %d", c.stat, got, c.want)
		}
	}
}

func FuzzStolen(f *testing.F) {
	f.Add([]byte("cpu  10430 0 4685 144553 514 0 89 136 0 0\n"))
	f.Add([]byte("cpu 1 2 3 4 5 6 7 -8\n"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		if n := stolen(stat); n < 0 {
			t.Errorf("stolen(%q) = %d", stat, n)
		}
	})
}
