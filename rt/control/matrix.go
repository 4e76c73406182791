package control

// Matrix is a square matrix whose rows are of type V: Matrix[Vec3] has three rows
// and three columns. The rows beyond len(V) are not used.
//
// The methods that set m let it be one of their arguments.
type Matrix[V Vector] [6]V

// Identity returns the matrix with ones on its diagonal.
func Identity[V Vector]() Matrix[V] {
	var m Matrix[V]
	for i := range len(m[0]) {
		m[i][i] = 1
	}
	return m
}

// Add sets m to a + b.
//
// Cost: O(n²). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n², at most 36
func (m *Matrix[V]) Add(a, b *Matrix[V]) {
	n := len(m[0])
	for i := range n {
		for j := range n {
			m[i][j] = a[i][j] + b[i][j]
		}
	}
}

// Scale sets m to k·a.
//
// Cost: O(n²). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n², at most 36
func (m *Matrix[V]) Scale(k float64, a *Matrix[V]) {
	n := len(m[0])
	for i := range n {
		for j := range n {
			m[i][j] = k * a[i][j]
		}
	}
}

// Mul sets m to the product a·b.
//
// Cost: O(n³). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n³, at most 216
func (m *Matrix[V]) Mul(a, b *Matrix[V]) {
	var p Matrix[V]
	n := len(m[0])
	for i := range n {
		for k := range n {
			f := a[i][k]
			for j := range n {
				p[i][j] += f * b[k][j]
			}
		}
	}
	*m = p
}

// Transpose sets m to the transpose of a.
//
// Cost: O(n²). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n², at most 36
func (m *Matrix[V]) Transpose(a *Matrix[V]) {
	t := *a
	n := len(m[0])
	for i := range n {
		for j := range n {
			m[i][j] = t[j][i]
		}
	}
}

// MulVec returns the product m·v.
//
// Cost: O(n²). Allocates: no. Blocks: no. Caller: any goroutine that may read m.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n², at most 36
func (m *Matrix[V]) MulVec(v V) V {
	var p V
	for i := range len(p) {
		for j := range len(p) {
			p[i] += m[i][j] * v[j]
		}
	}
	return p
}

// Solve returns the x for which m·x = v, or false when m is singular to the
// precision of a float64 or holds a number that is not finite. It eliminates with
// row pivots (G. H. Golub and C. F. Van Loan, Matrix Computations, 4th edition
// 2013, section 3.4).
//
// Cost: O(n³). Allocates: no. Blocks: no. Caller: any goroutine that may read m.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n³, at most 216
func (m *Matrix[V]) Solve(v V) (x V, ok bool) {
	a := *m
	n := len(v)
	largest := 0.0
	for i := range n {
		for j := range n {
			if !finite(a[i][j]) {
				return x, false
			}
			largest = max(largest, abs(a[i][j]))
		}
	}
	negligible := largest * float64(n) * epsilon
	for k := range n {
		p := k
		for i := k + 1; i < n; i++ {
			if abs(a[i][k]) > abs(a[p][k]) {
				p = i
			}
		}
		if abs(a[p][k]) <= negligible {
			return x, false
		}
		a[k], a[p] = a[p], a[k]
		v[k], v[p] = v[p], v[k]
		for i := k + 1; i < n; i++ {
			f := a[i][k] / a[k][k]
			for j := k + 1; j < n; j++ {
				a[i][j] -= f * a[k][j]
			}
			v[i] -= f * v[k]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for j := i + 1; j < n; j++ {
			v[i] -= a[i][j] * v[j]
		}
		v[i] /= a[i][i]
	}
	return v, true
}
