package dsp

// finite reports whether v is neither infinite nor NaN.
func finite[T float32 | float64](v T) bool { return v-v == 0 }
