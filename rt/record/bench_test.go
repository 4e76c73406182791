package record

import "testing"

func BenchmarkRecord(b *testing.B) {
	r, err := New(Config{Capacity: 1 << 16})
	if err != nil {
		b.Fatal(err)
	}
	values := series(4096)
	b.Run("typical", func(b *testing.B) {
		r.Reset()
		for i := 0; i < b.N; i++ {
			r.Record(values[i&4095])
		}
	})
	b.Run("every-one-an-outlier", func(b *testing.B) {
		r.Reset()
		for i := 0; i < b.N; i++ {
			r.Record(int64(i))
		}
	})
}

// series is a body around 22 µs with a one-sided tail, like a wake-up latency.
func series(n int) []int64 {
	state := uint64(1)
	values := make([]int64, n)
	for i := range values {
		state = state*6364136223846793005 + 1442695040888963407
		values[i] = 22_000 + int64(state>>52)
		if state>>40&1023 == 0 {
			values[i] *= 20
		}
	}
	return values
}
