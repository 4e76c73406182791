package control

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestMatrixAgainstGonum(t *testing.T) {
	t.Run("2", againstGonum[Vec2])
	t.Run("3", againstGonum[Vec3])
	t.Run("4", againstGonum[Vec4])
	t.Run("6", againstGonum[Vec6])
}

func againstGonum[V Vector](t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	random := func() (m Matrix[V]) {
		for i := range len(m[0]) {
			for j := range len(m[0]) {
				m[i][j] = r.NormFloat64()
			}
		}
		return m
	}
	dense := func(m *Matrix[V]) *mat.Dense {
		d := mat.NewDense(len(m[0]), len(m[0]), nil)
		for i := range len(m[0]) {
			for j := range len(m[0]) {
				d.Set(i, j, m[i][j])
			}
		}
		return d
	}
	column := func(v V) *mat.VecDense {
		c := mat.NewVecDense(len(v), nil)
		for i := range len(v) {
			c.SetVec(i, v[i])
		}
		return c
	}
	same := func(name string, got *Matrix[V], want mat.Matrix) {
		t.Helper()
		if !mat.EqualApprox(dense(got), want, 1e-12) {
			t.Fatalf("%s:\n%v\nwant\n%v", name, mat.Formatted(dense(got)), mat.Formatted(want))
		}
	}
	for range 200 {
		a, b := random(), random()
		v := a[0]
		var got Matrix[V]
		var want mat.Dense

		want.Add(dense(&a), dense(&b))
		got.Add(&a, &b)
		same("Add", &got, &want)

		want.Scale(3, dense(&a))
		got.Scale(3, &a)
		same("Scale", &got, &want)

		want.Mul(dense(&a), dense(&b))
		got.Mul(&a, &b)
		same("Mul", &got, &want)
		got = a
		got.Mul(&got, &b)
		same("Mul onto its first argument", &got, &want)
		got = b
		got.Mul(&a, &got)
		same("Mul onto its second argument", &got, &want)

		got.Transpose(&a)
		same("Transpose", &got, dense(&a).T())
		got = a
		got.Transpose(&got)
		same("Transpose onto its argument", &got, dense(&a).T())

		var wantV mat.VecDense
		wantV.MulVec(dense(&a), column(v))
		if !mat.EqualApprox(column(a.MulVec(v)), &wantV, 1e-12) {
			t.Fatalf("MulVec: %v, want %v", a.MulVec(v), wantV)
		}
		x, ok := a.Solve(v)
		if !ok {
			t.Fatal("Solve refused a random matrix")
		}
		if !mat.EqualApprox(column(a.MulVec(x)), column(v), 1e-8) {
			t.Fatalf("Solve: residual of %v", a.MulVec(x))
		}
		near(t, "Dot", Dot(v, x), mat.Dot(column(v), column(x)), 1e-9*(1+math.Abs(Dot(v, x))))
		if sum := Add(v, Scale(2, v)); sum != Scale(3, v) && math.Abs(sum[0]-3*v[0]) > 1e-12 {
			t.Fatalf("v + 2v = %v", sum)
		}
	}
	// A zero pivot needs an exchange of rows; the identity leaves a column as it is.
	swap := Identity[V]()
	swap[0], swap[1] = swap[1], swap[0]
	v := random()[0]
	x, ok := swap.Solve(v)
	if want := v; !ok || x[0] != want[1] || x[1] != want[0] {
		t.Errorf("Solve of an exchange: %v, %v", x, ok)
	}
	id := Identity[V]()
	if id.MulVec(v) != v {
		t.Error("the identity changed a column")
	}
	// What cannot be solved.
	singular := random()
	singular[1] = singular[0]
	if _, ok := singular.Solve(v); ok {
		t.Error("Solve accepted two equal rows")
	}
	var zero Matrix[V]
	if _, ok := zero.Solve(v); ok {
		t.Error("Solve accepted a zero matrix")
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		m := random()
		m[1][1] = bad
		if _, ok := m.Solve(v); ok {
			t.Errorf("Solve accepted %g", bad)
		}
	}
}
