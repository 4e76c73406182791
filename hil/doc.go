// Package hil runs hardware-in-the-loop rigs: a simulated plant, and a real or
// emulated device that controls it.
//
//	Plant ── sensors ──► faults ── limits ──► Link ──► device under test
//	  ▲                                                     │
//	  └── actuators ◄── limits ◄── faults ◄──── Link ◄──────┘
//
// A [Rig] steps the plant at a fixed rate of simulated time and exchanges a frame
// with each device in a step. In [LockStep] simulated time waits for the devices, so
// that a run gives the same values at any speed, paused or not, over any link; [Paced]
// keeps to the wall clock on an rt.Loop and attributes each miss to rig or device;
// [FreeRun] waits for nothing.
//
// Time-outs are in simulated time. One watchdog is not: it ends a run that stands
// still, drives the safe values, and names the channel.
package hil
