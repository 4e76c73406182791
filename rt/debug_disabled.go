//go:build !rtdebug

package rt

// debugging: this is a build with tag rtdebug, which judges every step.
const debugging = false

func (*Loop) checkStep(stepEvents, func(*Tick) error) {}
