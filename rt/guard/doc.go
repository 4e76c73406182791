// Package guard drives an actuator to a safe state when the program that controls it
// hangs or dies. The guard is a process of its own, of a higher real-time priority than
// the controller's, with its memory locked. It holds the actuator's descriptor from the
// start, watches the controller's heartbeat in shared memory, and outlives the
// controller and the process that started both.
//
//	g, err := guard.Start(ctx, guard.Config{
//		UDP:    &bus.UDPConfig{Remote: "192.168.1.3:9000"},
//		Period: time.Millisecond, SafeFrame: stop,
//	})
//	// in the controller, usually an isolate that gets the address as an argument:
//	c, err := guard.Connect(ctx, address)
//	loop.Run(ctx, func(t *rt.Tick) error {
//		if err := c.Beat(); err != nil { return err }
//		…
//		return c.Send(frame) // a Controller is a bus.Port
//	})
//
// # Revocation
//
// A flag that the writer checks cannot hold it back: it may be stopped between the check
// and the write. So the kernel does it. On UDP and Unix sockets the controller writes to
// a socket that the guard gave it; the guard shuts that socket down for writing, and
// every later write of every process fails with bus.ErrDown. The guard then sends the
// safe frame on a second socket, whose source is Config.SafeLocal. On a serial line, a
// CAN bus and in shared memory the guard is the only writer: the controller hands its
// frames over in memory, and the guard forwards none after a trip. A call of send that
// another CPU has already begun can still put one frame on the wire; the safe frame is
// repeated every period, so it is the last. The device takes frames from both sources: on
// UDP a socket for each, or one without a peer; on Unix sockets bus.UnixConfig.AnySender.
//
// A guard that has tripped stays so until [Controller.Rearm]: the controller gets a new
// socket and new memory, and the frames queued in the old ones are discarded.
//
// # The guard's own death
//
// [Controller.Beat] returns [ErrGuardGone] when the guard's heartbeat has stopped, after
// it has sent the safe frame itself where it can and shut its socket down. Where both
// are dead, the drive's own watchdog must act; Config.Watchdog resets the machine.
//
// This is not a safety-rated emergency stop. It needs a working kernel, CPU and bus, and
// no part of it is certified. A machine that can hurt someone needs a stop that cuts the
// power.
//
// The package needs Linux. Programs that use it call isolate.Main first in main.
package guard
