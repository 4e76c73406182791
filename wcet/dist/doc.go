// Package dist provides the two extreme-value distributions: the generalised
// extreme value distribution of block maxima ([GEV]) and the generalised Pareto
// distribution of exceedances over a threshold ([GPD]).
//
// Both use the sign convention of Coles (2001): a positive shape is a heavy
// tail, shape 0 the Gumbel or exponential case, a negative shape a tail with an
// upper end. Survival and SurvivalQuantile work on the exceedance probability
// itself, through log1p and expm1, so that 1e-15 keeps all its digits; 1−CDF
// would have none left.
//
// Values are plain structs; all methods are safe for concurrent use. A scale
// that is not positive yields NaN.
package dist
