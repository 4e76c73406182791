// Package device switches, resets and flashes a board on a bench, and opens its console,
// by running the programs that do so: openocd, uhubctl, labgrid-client, or others.
//
//	d, err := device.New(device.Config{
//		Name:  "motor",
//		Power: device.Uhubctl("1-1", 2),
//		Flash: device.OpenOCD("interface/stlink.cfg", "target/stm32f4x.cfg"),
//		Reset: device.OpenOCDReset("interface/stlink.cfg", "target/stm32f4x.cfg"),
//	})
//	…
//	err = d.Flash(ctx, "build/motor.elf")
//
// A [Device] runs its programs one after the other. Each has a time limit, at which it
// ends with all that it started. An error names the device, the command and the end of
// its output. The frames of such a board go over
// a link of package hil/link; [Device.Control] lets a rig and its faults reset it.
package device
