package stat

import "math"

// Every search below ends after a fixed number of steps, whatever the function.

// OnStep, when set, is called at each of them: tests count.
var OnStep func()

func step() {
	if OnStep != nil {
		OnStep()
	}
}

// Minimum finds a local minimum of f near x: downhill from there in growing
// steps until the minimum is bracketed, then by Brent (1973, chapter 5). f may
// be +Inf outside its domain. tolerance is absolute, in x.
func Minimum(f func(float64) float64, x, width, tolerance float64) (xmin, fmin float64) {
	a, fa := x, f(x)
	b, fb := x+width, f(x+width)
	if fb > fa || math.IsNaN(fb) {
		a, fa, b, fb = b, fb, a, fa
	}
	c := b + (b - a)
	fc := f(c)
	for i := 0; i < 60 && fc < fb; i++ {
		step()
		a, b, fb = b, c, fc
		c = b + 1.618*(b-a)
		fc = f(c)
	}
	return brent(f, min(a, c), max(a, c), b, fb, tolerance)
}

// brent minimises f in [lo, hi] from the interior point x by parabolas through
// the three best points, falling back on golden sections.
func brent(f func(float64) float64, lo, hi, x, fx, tolerance float64) (xmin, fmin float64) {
	const golden = 0.3819660112501051
	w, v, fw, fv := x, x, fx, fx
	move, before := 0.0, 0.0
	for range 100 {
		step()
		mid := (lo + hi) / 2
		tol := tolerance + 1e-12*math.Abs(x)
		if math.Abs(x-mid) <= 2*tol-(hi-lo)/2 {
			break
		}
		useGolden := true
		if math.Abs(before) > tol {
			r, q := (x-w)*(fx-fv), (x-v)*(fx-fw)
			p := (x-v)*q - (x-w)*r
			q = 2 * (q - r)
			if q > 0 {
				p = -p
			}
			q = math.Abs(q)
			if math.Abs(p) < math.Abs(q*before/2) && p > q*(lo-x) && p < q*(hi-x) {
				before, move = move, p/q
				useGolden = false
			}
		}
		if useGolden {
			before = hi - x
			if x >= mid {
				before = lo - x
			}
			move = golden * before
		}
		if math.Abs(move) < tol {
			move = math.Copysign(tol, move)
		}
		u := x + move
		fu := f(u)
		if fu <= fx {
			if u >= x {
				lo = x
			} else {
				hi = x
			}
			v, fv, w, fw, x, fx = w, fw, x, fx, u, fu
			continue
		}
		if u < x {
			lo = u
		} else {
			hi = u
		}
		if fu <= fw || w == x {
			v, fv, w, fw = w, fw, u, fu
		} else if fu <= fv || v == x || v == w {
			v, fv = u, fu
		}
	}
	return x, fx
}

// Root finds a zero of f between a and b, where it changes sign (Ridders 1979).
// Infinite values bisect.
func Root(f func(float64) float64, a, b, tolerance float64) float64 {
	return rootBetween(f, a, f(a), b, f(b), tolerance)
}

// rootBetween is [Root] where both values are known.
func rootBetween(f func(float64) float64, a, fa, b, fb, tolerance float64) float64 {
	if fa == 0 {
		return a
	}
	if fb == 0 {
		return b
	}
	for i := 0; i < 100 && math.Abs(b-a) > tolerance; i++ {
		step()
		m := (a + b) / 2
		fm := f(m)
		if fm == 0 {
			return m
		}
		x := m
		if s := math.Sqrt(fm*fm - fa*fb); s > 0 && !math.IsInf(s, 0) {
			x = m + (m-a)*fm*math.Copysign(1, fa-fb)/s
		}
		fx := fm
		if x != m && x > min(a, b) && x < max(a, b) {
			fx = f(x)
		} else {
			x = m
		}
		if fx == 0 {
			return x
		}
		if math.Signbit(fm) != math.Signbit(fx) {
			a, fa, b, fb = m, fm, x, fx
			continue
		}
		if math.Signbit(fa) != math.Signbit(fx) {
			b, fb = x, fx
		} else {
			a, fa = x, fx
		}
	}
	return (a + b) / 2
}

// Crossing walks from x, where excess is negative, in growing steps until
// excess turns positive, and returns where it crosses; ±Inf when it never does.
func Crossing(excess func(float64) float64, x, first float64) float64 {
	before, move := math.Inf(-1), first
	for range 60 {
		step()
		next := x + move
		e := excess(next)
		if e > 0 || math.IsNaN(e) {
			if math.IsInf(before, -1) {
				before = excess(x)
			}
			return rootBetween(excess, x, before, next, e, 1e-7*math.Abs(move))
		}
		x, before = next, e
		move *= 1.3
	}
	return math.Copysign(math.Inf(1), first)
}

// Newton minimises f near x by damped Newton steps with derivatives from central
// differences, scale giving each coordinate's natural step. It stops when a step
// gains less than 1e-7 of log-likelihood: further steps would move no parameter by
// more than a thousandth of its standard error. f is +Inf outside its domain; x
// must lie inside.
func Newton(f func([]float64) float64, x, scale []float64) (xmin []float64, fmin float64) {
	const difference, worthwhile = 1e-4, 1e-7
	n := len(x)
	x = append([]float64(nil), x...)
	fx := f(x)
	at := func(i int, di float64, j int, dj float64) float64 {
		oi, oj := x[i], x[j]
		x[i] += di * difference * scale[i]
		x[j] += dj * difference * scale[j]
		v := f(x)
		x[i], x[j] = oi, oj
		return v
	}
	damping := 1e-3
	gradient := make([]float64, n)
	hessian := make([][]float64, n)
	for i := range hessian {
		hessian[i] = make([]float64, n)
	}
	// promising reports whether a step may still gain what counts.
	promising := func(move []float64) bool {
		gain := dot(gradient, move) / 2
		return !(gain >= 0 && gain < worthwhile/10)
	}
	for round := range 50 {
		step()
		for i := range n {
			up, down := at(i, 1, i, 0), at(i, -1, i, 0)
			gradient[i] = (up - down) / (2 * difference)
			hessian[i][i] = (up - 2*fx + down) / (difference * difference)
		}
		// The mixed derivatives of the round before suffice to see the end.
		if round > 0 && !promising(solveDamped(hessian, gradient, damping)) {
			break
		}
		for i := range n {
			for j := range i {
				cross := (at(i, 1, j, 1) - at(i, 1, j, -1) - at(i, -1, j, 1) + at(i, -1, j, -1)) / (4 * difference * difference)
				hessian[i][j], hessian[j][i] = cross, cross
			}
		}
		gained := false
		for range 40 {
			move := solveDamped(hessian, gradient, damping)
			if !promising(move) {
				break
			}
			next := append([]float64(nil), x...)
			for i := range next {
				next[i] -= move[i] * scale[i]
			}
			if fn := f(next); fn < fx {
				gained = fx-fn > worthwhile
				x, fx = next, fn
				damping = max(damping/10, 1e-12)
				break
			}
			damping *= 10
		}
		if !gained {
			break
		}
	}
	return x, fx
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// solveDamped solves (H + damping·|diag H|)·s = g by elimination with pivoting.
func solveDamped(h [][]float64, g []float64, damping float64) []float64 {
	n := len(g)
	m := make([][]float64, n)
	for i := range m {
		m[i] = append(append([]float64(nil), h[i]...), g[i])
		m[i][i] += damping * (math.Abs(h[i][i]) + 1e-12)
	}
	for c := range n {
		pivot := c
		for r := c + 1; r < n; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[pivot][c]) {
				pivot = r
			}
		}
		m[c], m[pivot] = m[pivot], m[c]
		for r := c + 1; r < n; r++ {
			factor := m[r][c] / m[c][c]
			for k := c; k <= n; k++ {
				m[r][k] -= factor * m[c][k]
			}
		}
	}
	s := make([]float64, n)
	for r := n - 1; r >= 0; r-- {
		s[r] = m[r][n]
		for k := r + 1; k < n; k++ {
			s[r] -= m[r][k] * s[k]
		}
		s[r] /= m[r][r]
	}
	return s
}
