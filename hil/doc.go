// Package hil runs hardware-in-the-loop rigs: a simulated plant, and a real or
// emulated device that controls it.
//
//	Plant ── sensors ──► faults ── limits ──► Link ──► device under test
//	  ▲                                                     │
//	  └── actuators ◄── limits ◄── faults ◄──── Link ◄──────┘
//
// A [Rig] exchanges a frame with each device in each step of simulated time. In [LockStep]
// that time waits for the devices: a run gives the same values at any speed, paused or not,
// over any link. [Paced] keeps to the wall clock and attributes each miss to rig or device;
// [FreeRun] waits for nothing. [Test] runs a [Scenario] as a Go test.
//
// Time-outs are in simulated time. One watchdog is not: it ends a run that stands
// still, drives the safe values, and names the channel.
package hil
