package control

import (
	"errors"
	"fmt"
	"math"
)

// ErrConfig is what every error of a constructor of this package wraps.
var ErrConfig = errors.New("control: invalid configuration")

// configError names the field, its value and the remedy.
func configError(field string, value any, remedy string) error {
	return fmt.Errorf("%w: %s is %v; %s", ErrConfig, field, value, remedy)
}

// finite reports whether x is neither infinite nor NaN.
func finite(x float64) bool { return x-x == 0 }

// requireFinite returns an error for the first value that is infinite or NaN.
func requireFinite(fields []field) error {
	for _, f := range fields {
		if !finite(f.value) {
			return configError(f.name, f.value, "set a finite number")
		}
	}
	return nil
}

// requirePositive returns an error for the first value that is not a finite
// number above 0.
func requirePositive(fields []field) error {
	for _, f := range fields {
		if !(f.value > 0) || math.IsInf(f.value, 0) {
			return configError(f.name, f.value, "set a finite number above 0")
		}
	}
	return nil
}

// field is one number of a configuration, for the error that refuses it.
type field struct {
	name  string
	value float64
}
