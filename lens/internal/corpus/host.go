package corpus

// Host is where the statements of a form are put.
type Host struct {
	Name string
	// text has BODY for the statements, and a function Mutant$ with both contracts.
	text string
}

// Hosts lists them all. Statements see xs, a slice of 64 numbers, and n, a small
// number.
func Hosts() []Host { return hosts }

const contracts = "//rt:nonallocating\n//rt:nonblocking\n"

var hosts = []Host{
	{"the function itself", contracts + `func Mutant$(xs []float64, n int) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	{
BODY
	}
	return sum
}
`},
	{"a branch of a method", `type Host$ struct{ level float64 }

` + contracts + `func (host *Host$) Mutant$(xs []float64, n int) {
	if host.level > 0.5 && n > 2 {
BODY
	} else {
		host.level += xs[0]
	}
}
`},
	{"a helper's helper", contracts + `func Mutant$(xs []float64, n int) {
	for i := range xs {
		xs[i] *= 0.5
	}
	outer$host(xs, n)
}

//go:noinline
func outer$host(xs []float64, n int) { inner$host(xs[1:], n+1) }

//go:noinline
func inner$host(xs []float64, n int) {
BODY
}
`},
	{"a generic method", `type Host$[T float32 | float64] struct{ gain T }

func (host *Host$[T]) run(xs []float64, n int) {
	host.gain *= T(xs[0])
BODY
}

var Host$0 Host$[float32]

` + contracts + `func Mutant$(xs []float64, n int) { Host$0.run(xs, n) }
`},
	{"a closure", contracts + `func Mutant$(xs []float64, n int) {
	run := func(xs []float64, n int) {
BODY
	}
	run(xs, n)
}
`},
	{"a promoted method", `type base$host struct{ level float64 }

func (host *base$host) run(xs []float64, n int) {
	host.level = xs[0]
BODY
}

type Host$ struct {
	base$host
	name string
}

` + contracts + `func (host *Host$) Mutant$(xs []float64, n int) { host.run(xs, n) }
`},
	{"the body of an iterator's loop", `func seq$host(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

` + contracts + `func Mutant$(xs []float64, n int) {
	for i := range seq$host(2) {
		use(float64(i))
BODY
	}
}
`},
}
