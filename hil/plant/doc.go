// Package plant has the usual plants of rigs: a DC motor, a mass on a spring, a room that
// is heated, a pole on a cart; any linear plant as matrices or a transfer function; and
// any other as its differential equation.
//
// Linear plants are exact: with inputs that hold during a step, their outputs at its end
// are the solution of the differential equation, whatever the step's length
// (zero-order hold, by the matrix exponential). The others are integrated by the
// classic Runge-Kutta method of order 4.
//
// Values are in SI units. A plant writes as many of its outputs, and reads as many of its
// inputs, as the rig has sensors and actuators. It does not allocate after its
// construction.
package plant
