// Package reference runs a MuJoCo model by a loop in C, for the benchmarks of
// package mujoco to compare with.
package reference
