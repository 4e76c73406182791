package control

// Limits of a motion.
type Limits struct {
	// Velocity is the largest speed, in units/s.
	Velocity float64
	// Acceleration is the largest acceleration and deceleration, in units/s².
	Acceleration float64
}

func (l Limits) validate() error {
	return requirePositive([]field{{"Limits.Velocity", l.Velocity}, {"Limits.Acceleration", l.Acceleration}})
}
