package mujoco

// Contact is a point at which two bodies touch, in the last step.
type Contact struct {
	// Position is the point in metres, Normal a unit vector from the first geometry to
	// the second, both in world coordinates.
	Position, Normal [3]float64
	// Distance between the surfaces in metres; negative where they overlap.
	Distance float64
	// Geoms are the indices of the two geometries in the model.
	Geoms [2]int32
}
