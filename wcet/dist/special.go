package dist

import "math"

// seriesBound is where log1p(ξz)/ξ and expm1(ξy)/ξ switch to their Taylor
// series: the first omitted term is below 1e-24 of the result, and ξ itself may
// be zero or subnormal there.
const seriesBound = 1e-8

// logRatio returns log(1+shape·z)/shape, continuous at shape 0 where it is z.
// Callers check first that 1+shape·z > 0.
func logRatio(shape, z float64) float64 {
	t := shape * z
	if math.Abs(t) < seriesBound {
		return z * (1 - t*(0.5-t/3))
	}
	return math.Log1p(t) / shape
}

// expRatio returns (exp(shape·y)−1)/shape, continuous at shape 0 where it is y;
// it inverts [logRatio].
func expRatio(shape, y float64) float64 {
	t := shape * y
	if math.Abs(t) < seriesBound {
		return y * (1 + t*(0.5+t/6))
	}
	return math.Expm1(t) / shape
}

// upperEnd is where the support ends above: +Inf unless the shape is negative.
func upperEnd(loc, scale, shape float64) float64 {
	if shape >= 0 {
		return math.Inf(1)
	}
	return loc - scale/shape
}
