// Package gputest is the conformance suite of package gpu: what each backend must
// do, as tests.
//
//	func TestConformance(t *testing.T) {
//		gputest.Run(t, func(t *testing.T) *gpu.Device { … })
//	}
package gputest
