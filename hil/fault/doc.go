// Package fault puts faults into a run of a rig: on its links, its sensors, its
// actuators and its devices.
//
//	plan, err := fault.NewPlan(
//		fault.Fault{Kind: fault.Drop, Target: "controller", From: 1000, For: 500, Chance: 0.2},
//		fault.Fault{Kind: fault.Bias, Target: "speed", From: 2000, For: 1000, Value: 5},
//	)
//	result, err := rig.Run(ctx, hil.Stimulus{Steps: 5000, Faults: plan, Seed: 42})
//
// A fault is applied at a step and undone at a step, so a check can ask whether the
// controller recovers. Any number may be active at once; they act in the order of the
// plan. Random numbers depend on the seed, the fault's place in the plan and the step,
// and on nothing else: the same seed gives the same faults in every run. Each fault applied
// or undone, and each frame that chance has chosen, is an event of the recording.
package fault
