//go:build !linux || !(amd64 || arm64) || !go1.26 || go1.27 || race || asan || msan

package machine

// NamesPinnedSteps says that this build adds a line to what the runtime prints.
const NamesPinnedSteps = false

// namePinnedStep does nothing here: a crash does not name the step.
func namePinnedStep(string) (forget func()) { return func() {} }
