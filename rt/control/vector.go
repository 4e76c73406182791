package control

// Columns of two, three, four and six numbers.
type (
	Vec2 [2]float64
	Vec3 [3]float64
	Vec4 [4]float64
	Vec6 [6]float64
)

// Vector is one of the column types.
type Vector interface{ Vec2 | Vec3 | Vec4 | Vec6 }

// Add returns v + w.
//
// Cost: O(n). Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n, at most 6
func Add[V Vector](v, w V) V {
	for i := range len(v) {
		v[i] += w[i]
	}
	return v
}

// Scale returns k·v.
//
// Cost: O(n). Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n, at most 6
func Scale[V Vector](k float64, v V) V {
	for i := range len(v) {
		v[i] *= k
	}
	return v
}

// Dot returns the inner product of v and w.
//
// Cost: O(n). Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n, at most 6
func Dot[V Vector](v, w V) float64 {
	sum := 0.0
	for i := range len(v) {
		sum += v[i] * w[i]
	}
	return sum
}
