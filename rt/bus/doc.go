// Package bus exchanges frames with a device from inside a real-time step: UDP and
// Unix datagrams, serial lines, CAN and CAN FD, and shared memory.
//
// Every transport is a [Port]. It sends and receives whole frames on raw descriptors
// that never wait: a call that cannot proceed returns [ErrFull] or [ErrEmpty]. Neither
// allocates, and the calling thread keeps its P, so a pinned step of package rt may
// use a Port where a net.Conn would lose periods.
//
//   - [OpenUDP] and [OpenUnix] are connected datagram sockets.
//   - [OpenSerial] is a serial line without the terminal's processing; frames are
//     delimited and checked on it.
//   - [OpenCAN] is a SocketCAN interface.
//   - [NewMemory] is a pair of rings in shared memory.
//
// An [Exchange] does one command and one answer a period, pipelined: each step sends
// its command and takes the answer to the one before. It counts answers that are
// late, repeated, out of order or lost, and attributes each that is late or lost to
// the controller, the kernel or the wire.
//
// A Port and an Exchange belong to one goroutine at a time. Close and Stats may be
// called by others only when that goroutine has ended.
//
// The ports of this package need Linux, but for memory. Elsewhere opening one returns
// an error that wraps errors.ErrUnsupported. An EtherCAT master is not part of memkit:
// a program that has one makes it a Port, or clocks its loop by it with rt.Trigger.
package bus
