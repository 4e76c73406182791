// Package qemu runs an emulated microcontroller board as the device under test of a rig:
// QEMU's LM3S6965, a Cortex-M3, with its serial line as the link.
//
//	board, err := qemu.Start(ctx, qemu.Config{})
//	…
//	rig, err := hil.New(hil.Config{ …
//		Connections: []hil.Connection{{Name: "motor", Link: board, Control: board, Codec: new(firmware.Codec)}},
//	})
//	defer rig.Close() // ends QEMU too
//
// A [Board] owns its QEMU process: it ends with the board, and with this process,
// however that ends. The serial line and the machine protocol (QMP) are sockets that
// QEMU inherits, and the image is memory that it inherits, so a board leaves no file.
//
// # Instruction time
//
// With Config.InstructionTime the board's clock counts instructions instead of time: the
// clock cycles that firmware measures of itself are the same in every run, whatever the
// load of the machine. They are no cycles of a real Cortex-M, but a gate: a step
// that takes longer has more instructions.
//
// QEMU is Debian's package qemu-system-arm, found in PATH; Linux alone.
package qemu
