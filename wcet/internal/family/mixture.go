package family

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// Kind is a distribution by its survival function and that function's inverse.
type Kind struct {
	Name     string
	Survival func(x float64) float64
	Quantile func(s float64) float64
	// draw is quicker than the quantile of a uniform number; nil without.
	draw func(rng *rand.Rand) float64
}

// Draw draws one value.
func (k Kind) Draw(rng *rand.Rand) float64 {
	if k.draw != nil {
		return k.draw(rng)
	}
	return k.Quantile(1 - rng.Float64())
}

// Pareto is a generalised Pareto distribution of scale 1; shape 0 is exponential.
func Pareto(name string, shape float64) Kind {
	d := dist.GPD{Scale: 1, Shape: shape}
	draw := (*rand.Rand).ExpFloat64
	if shape != 0 {
		draw = func(rng *rand.Rand) float64 { return math.Expm1(shape*rng.ExpFloat64()) / shape }
	}
	return Kind{name, d.Survival, d.SurvivalQuantile, draw}
}

// Gamma has scale 1 and an integer shape.
func Gamma(name string, shape int) Kind {
	return Kind{name,
		func(x float64) float64 { return mathext.GammaIncRegComp(float64(shape), max(0, x)) },
		func(s float64) float64 { return mathext.GammaIncRegCompInv(float64(shape), s) },
		func(rng *rand.Rand) float64 {
			product := 1.0
			for range shape {
				product *= 1 - rng.Float64()
			}
			return -math.Log(product)
		}}
}

// Normal is the standard normal distribution.
func Normal(name string) Kind {
	return Kind{name, distuv.UnitNormal.Survival, func(s float64) float64 { return -stat.NormalQuantile(s) }, (*rand.Rand).NormFloat64}
}

// Lognormal has median 1.
func Lognormal(name string, sigma float64) Kind {
	return Kind{name,
		func(x float64) float64 { return distuv.UnitNormal.Survival(math.Log(max(x, 0)) / sigma) },
		func(s float64) float64 { return math.Exp(-sigma * stat.NormalQuantile(s)) },
		func(rng *rand.Rand) float64 { return math.Exp(sigma * rng.NormFloat64()) }}
}

// Weibull has scale 1.
func Weibull(name string, shape float64) Kind {
	return Kind{name,
		func(x float64) float64 { return math.Exp(-math.Pow(max(x, 0), shape)) },
		func(s float64) float64 { return math.Pow(-math.Log(s), 1/shape) },
		func(rng *rand.Rand) float64 { return math.Pow(rng.ExpFloat64(), 1/shape) }}
}

// Frechet has scale 1.
func Frechet(name string, shape float64) Kind {
	return Kind{name,
		func(x float64) float64 { return -math.Expm1(-math.Pow(max(x, 0), -shape)) },
		func(s float64) float64 { return math.Pow(-math.Log1p(-s), -1/shape) },
		func(rng *rand.Rand) float64 { return math.Pow(rng.ExpFloat64(), -1/shape) }}
}

// Gumbel has location 0 and scale 1.
func Gumbel(name string) Kind {
	return Kind{name,
		func(x float64) float64 { return -math.Expm1(-math.Exp(-x)) },
		func(s float64) float64 { return -math.Log(-math.Log1p(-s)) },
		func(rng *rand.Rand) float64 { return -math.Log(rng.ExpFloat64()) }}
}

// LogLogistic has median 1.
func LogLogistic(name string, shape float64) Kind {
	return Kind{name,
		func(x float64) float64 { return 1 / (1 + math.Pow(max(x, 0), shape)) },
		func(s float64) float64 { return math.Pow((1-s)/s, 1/shape) }, nil}
}

// Moved is scale times the kind, plus shift.
func (k Kind) Moved(name string, scale, shift float64) Kind {
	return Kind{name,
		func(x float64) float64 { return k.Survival((x - shift) / scale) },
		func(s float64) float64 { return shift + scale*k.Quantile(s) },
		func(rng *rand.Rand) float64 { return shift + scale*k.Draw(rng) }}
}

// Family of independent values of one kind.
func (k Kind) Family() Family {
	return Family{Name: k.Name, Truth: k.Quantile, Draw: func(rng *rand.Rand, x []float64) {
		for i := range x {
			x[i] = k.Draw(rng)
		}
	}}
}

// Mixture draws a share of its values from a second kind, the mode.
func Mixture(base, mode Kind, share float64) Family {
	survival := func(x float64) float64 { return (1-share)*base.Survival(x) + share*mode.Survival(x) }
	return Family{
		Name: base.Name + "+" + mode.Name,
		Truth: func(p float64) float64 {
			low, high := base.Quantile(0.5), max(base.Quantile(p/2), mode.Quantile(p/2))
			return stat.Root(func(x float64) float64 { return math.Log(survival(x) / p) }, low, high, 1e-9*high)
		},
		Draw: func(rng *rand.Rand, x []float64) {
			for i := range x {
				kind := base
				if rng.Float64() < share {
					kind = mode
				}
				x[i] = kind.Draw(rng)
			}
		},
	}
}

// Bases are independent kinds of one population.
func Bases() []Kind {
	return []Kind{
		Pareto("exponential", 0), Pareto("gpd+0.1", 0.1), Pareto("gpd+0.2", 0.2), Pareto("gpd-0.1", -0.1), Pareto("gpd-0.2", -0.2),
		Gamma("gamma2", 2), Gamma("gamma4", 4), Gamma("gamma8", 8), Gamma("gamma16", 16),
		Lognormal("lognormal0.2", 0.2), Lognormal("lognormal0.4", 0.4), Lognormal("lognormal0.6", 0.6),
		Weibull("weibull0.7", 0.7), Weibull("weibull1.5", 1.5), Weibull("weibull2", 2), Weibull("weibull2.5", 2.5),
		Normal("normal"), Frechet("frechet4", 4), Gumbel("gumbel"), LogLogistic("loglogistic5", 5),
	}
}

// Modes are mixtures with a slow mode of the given share: larger in scale, moved, or
// of another kind.
func Modes(share float64) []Family {
	exponential, gamma, lognormal := Pareto("exponential", 0), Gamma("gamma8", 8), Lognormal("lognormal0.4", 0.4)
	normal, weibull, light, heavy := Normal("normal"), Weibull("weibull1.5", 1.5), Pareto("gpd-0.2", -0.2), Pareto("gpd+0.1", 0.1)
	return []Family{
		Mixture(exponential, exponential.Moved("×2", 2, 0), share),
		Mixture(exponential, exponential.Moved("×3", 3, 0), share),
		Mixture(exponential, exponential.Moved("×5", 5, 0), share),
		Mixture(exponential, exponential.Moved("×10", 10, 0), share),
		Mixture(exponential, exponential.Moved("moved by 5", 1, 5), share),
		Mixture(exponential, normal.Moved("normal at 15", 1, 15), share),
		Mixture(gamma, gamma.Moved("×1.5", 1.5, 0), share),
		Mixture(gamma, gamma.Moved("×2", 2, 0), share),
		Mixture(gamma, gamma.Moved("moved by 8", 1, 8), share),
		Mixture(gamma, exponential.Moved("exponential ×4 from 10", 4, 10), share),
		Mixture(lognormal, lognormal.Moved("×2", 2, 0), share),
		Mixture(lognormal, lognormal.Moved("×3", 3, 0), share),
		Mixture(normal, normal.Moved("×1.5", 1.5, 0), share),
		Mixture(normal, normal.Moved("×2", 2, 0), share),
		Mixture(normal, normal.Moved("×3", 3, 0), share),
		Mixture(normal, normal.Moved("moved by 2", 1, 2), share),
		Mixture(normal, normal.Moved("moved by 4", 1, 4), share),
		Mixture(normal, exponential.Moved("exponential from 2", 1, 2), share),
		Mixture(light, light.Moved("×2", 2, 0), share),
		Mixture(light, light.Moved("×3", 3, 0), share),
		Mixture(weibull, weibull.Moved("×2", 2, 0), share),
		Mixture(weibull, weibull.Moved("×3", 3, 0), share),
		Mixture(heavy, heavy.Moved("×3", 3, 0), share),
		Mixture(heavy, exponential.Moved("exponential from 10", 1, 10), share),
	}
}
