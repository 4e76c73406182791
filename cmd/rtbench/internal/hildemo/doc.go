// Package hildemo is the demonstration of rtbench hil: a PID controller as firmware turns
// a simulated motor, first in lock-step with and without faults, then by the wall clock.
package hildemo
