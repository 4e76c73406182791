package firmware

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/qemu/internal/line"
	"github.com/memkit-go/memkit/rt"
)

// Host is a [Device] that runs on a thread of this process, at the end of the same kind
// of socket as the serial line of an emulated board: the Link and the Control of the
// control. It belongs to one goroutine.
type Host struct {
	line   *line.Line
	serial *os.File
	ended  chan struct{}
	closed bool
	paused bool
	fresh  bool // it was reset while it was paused

	mu     sync.Mutex
	device Device
}

// NewHost starts the firmware. Errors: *rt.ConfigError, *rt.PrivilegeError.
func NewHost(c HostConfig) (*Host, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	stream, serial, err := line.Pair()
	if err != nil {
		return nil, fmt.Errorf("firmware: %w", err)
	}
	h := &Host{line: line.New(stream, Split), serial: serial, ended: make(chan struct{})}
	started := make(chan error)
	go h.serve(c.Policy, started)
	if err := <-started; err != nil {
		return nil, errors.Join(err, stream.Close(), serial.Close())
	}
	return h, nil
}

// serve runs the firmware until the rig's end is closed.
func (h *Host) serve(p rt.Policy, started chan<- error) {
	defer close(h.ended)
	runtime.LockOSThread() // and never unlocked: the thread ends with its policy
	if p.Priority() > 0 {
		if err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: uint32(p.Priority())}, 0); err != nil {
			started <- &rt.PrivilegeError{
				Op: "SCHED_FIFO for the firmware", Need: fmt.Sprintf("CAP_SYS_NICE or RLIMIT_RTPRIO ≥ %d", p.Priority()), Have: "less",
				Remedy: fmt.Sprintf("run as root, or `ulimit -r %d`; or leave HostConfig.Policy out", p.Priority()), Err: err,
			}
			return
		}
	}
	fd := int(h.serial.Fd())
	started <- nil
	var in [256]byte
	out := make([]byte, Room(len(in)))
	for {
		n, err := unix.Read(fd, in[:])
		if err == unix.EINTR {
			continue
		}
		if n <= 0 {
			return
		}
		h.mu.Lock()
		n = h.device.Feed(in[:n], out)
		h.mu.Unlock()
		if n > 0 {
			if _, err := unix.Write(fd, out[:n]); err != nil {
				return
			}
		}
	}
}

// Send sends a frame. One that a paused device gets is lost. hil.ErrDown: it is closed.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Host) Send(t hil.Tick, frame []byte) error { return h.line.Send(t, frame) }

// Receive takes the oldest frame, and waits for one until the deadline, in ns on the
// clock of rt.Now; 0 does not wait. hil.ErrEmpty: there was none. hil.ErrNone: the device
// is paused. hil.ErrDown: it is closed.
//
// Cost: one system call for a frame that is there. Allocates: no. Blocks: until the
// deadline. Caller: owner.
//
//rt:nonallocating
func (h *Host) Receive(t hil.Tick, frame []byte, deadline int64) (int, error) {
	return h.line.Receive(t, frame, deadline)
}

// Pause stops the device, or lets it go on.
func (h *Host) Pause(on bool) error {
	h.paused = on
	h.line.Pause(on)
	if !on && h.fresh {
		h.fresh = false
		return h.start()
	}
	return nil
}

// Reset starts the firmware afresh; that of a paused device when it goes on.
func (h *Host) Reset() error {
	h.line.Clear()
	if h.paused {
		h.fresh = true
		return nil
	}
	return h.start()
}

func (h *Host) start() error {
	var ready [FrameSize]byte
	h.mu.Lock()
	h.device.Reset(ready[:])
	h.mu.Unlock()
	return nil
}

// Close ends the thread. A second Close returns nil.
func (h *Host) Close() error {
	if h.closed {
		return nil
	}
	h.closed = true
	err := h.line.Close()
	<-h.ended
	return errors.Join(err, h.serial.Close())
}
