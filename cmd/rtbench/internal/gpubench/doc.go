// Package gpubench measures a device through package gpu: round trips of resident
// kernels and submitted jobs, back to back and at the pace of audio blocks, the
// bandwidth of transfers, and what other work on the device does to all that.
package gpubench
