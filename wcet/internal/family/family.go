// Package family holds processes whose quantiles are known: methods are calibrated
// and judged on them.
package family

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"

	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// Family is a process with known marginal quantiles.
type Family struct {
	Name string
	// Truth is the value exceeded with probability p.
	Truth func(p float64) float64
	// Draw fills x with successive values.
	Draw func(rng *rand.Rand, x []float64)
	// Dependent families are bounded by order statistics alone.
	Dependent bool
}

// lognormalSigma is the log standard deviation of the lognormal family.
const lognormalSigma = 0.4

// Basic are the families that bounds were first calibrated on.
func Basic() []Family {
	gpd := func(shape float64) dist.GPD { return dist.GPD{Scale: 1, Shape: shape} }
	return []Family{
		Independent("exponential", gpd(0).SurvivalQuantile),
		Independent("gpd+0.1", gpd(0.1).SurvivalQuantile),
		Independent("gpd-0.2", gpd(-0.2).SurvivalQuantile),
		{Name: "gamma8", Truth: func(p float64) float64 { return mathext.GammaIncRegCompInv(8, p) }, Draw: DrawGamma8},
		{Name: "lognormal", Truth: func(p float64) float64 { return math.Exp(-lognormalSigma * stat.NormalQuantile(p)) },
			Draw: func(rng *rand.Rand, x []float64) {
				for i := range x {
					x[i] = math.Exp(lognormalSigma * rng.NormFloat64())
				}
			}},
		Armax("armax-0.5", 0.5),
		Armax("armax-0.2", 0.2),
		{Name: "bursts", Truth: burstQuantile, Draw: DrawBursts, Dependent: true},
	}
}

// Independent draws the quantiles, given by survival probability, of uniform numbers.
func Independent(name string, quantile func(s float64) float64) Family {
	return Family{Name: name, Truth: quantile, Draw: func(rng *rand.Rand, x []float64) {
		for i := range x {
			x[i] = quantile(1 - rng.Float64())
		}
	}}
}

// DrawGamma8 draws sums of eight exponentials.
func DrawGamma8(rng *rand.Rand, x []float64) {
	for i := range x {
		product := 1.0
		for range 8 {
			product *= 1 - rng.Float64()
		}
		x[i] = -math.Log(product)
	}
}

// Armax is the moving maximum Xₜ = max((1−θ)Xₜ₋₁, θZₜ) of unit Fréchet noise
// (Davis & Resnick 1989): unit Fréchet margins, extremal index θ.
func Armax(name string, theta float64) Family {
	frechet := func(rng *rand.Rand) float64 { return -1 / math.Log(1-rng.Float64()) }
	return Family{
		Name: name, Dependent: true,
		Truth: func(p float64) float64 { return -1 / math.Log1p(-p) },
		Draw: func(rng *rand.Rand, x []float64) {
			last := frechet(rng)
			for i := range x {
				last = max((1-theta)*last, theta*frechet(rng))
				x[i] = last
			}
		},
	}
}

const (
	// burstShare of the time a host steals; a burst lasts burstLength samples on
	// average, each delayed by burstDelay.
	burstShare  = 0.02
	burstLength = 10
	burstDelay  = 5
)

// DrawBursts draws exponential latencies on a host that steals in bursts, with
// geometric lengths of burst and calm.
func DrawBursts(rng *rand.Rand, x []float64) {
	stolen := rng.Float64() < burstShare
	for i := range x {
		if stolen {
			stolen = rng.Float64() >= 1.0/burstLength
		} else {
			stolen = rng.Float64() < burstShare/(1-burstShare)/burstLength
		}
		x[i] = rng.ExpFloat64()
		if stolen {
			x[i] += burstDelay
		}
	}
}

// burstQuantile inverts (1−b)e⁻ˣ + b·min(1, e^(delay−x)) = p.
func burstQuantile(p float64) float64 {
	survival := func(x float64) float64 {
		return (1-burstShare)*math.Exp(-x) + burstShare*min(1, math.Exp(burstDelay-x))
	}
	return stat.Root(func(x float64) float64 { return math.Log(survival(x) / p) }, 0, 100, 1e-12)
}
