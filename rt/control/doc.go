// Package control has the parts of a digital controller, for use inside a
// real-time step: no method that runs in a step allocates or blocks, and each has
// a fixed cost.
//
//   - [PID] is a controller with anti-windup, a filtered derivative and
//     bumpless transfer; [Cascade] puts one around another.
//   - [Filter] is a first- or second-order filter; [LowPass], [SecondOrderLowPass],
//     [HighPass] and [Notch] design it.
//   - [Trapezoid] and [MinimumJerk] are motions from one state to another, as
//     functions of time.
//   - [RateLimiter] and [AccelerationLimiter] bound how fast a set-point moves.
//   - [Matrix] is a square matrix of a fixed size up to 6, with the columns [Vec2],
//     [Vec3], [Vec4] and [Vec6].
//
// Times are time.Duration, frequencies are in hertz, and every other quantity is
// in the caller's units, which the methods keep: a controller of radians in volts
// has gains in V/rad, V/(rad·s) and V·s/rad.
//
// Values are not safe for concurrent use. Each belongs to the goroutine that
// steps it.
//
// A sample that is not a finite number does not enter the state of a controller,
// a filter or a limiter: the output stays as it was, and Rejected counts the
// sample.
package control
