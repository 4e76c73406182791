package qemu

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/qemu/internal/line"
	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt"
)

// Board is an emulated board: the Link and the Control of a device under test. It
// belongs to one goroutine, that of its rig, but for PID, State, Err, Ended and Output.
type Board struct {
	c       Config
	process *process
	line    *line.Line
	monitor *monitor
	booting bool // it was reset, and stands still
	paused  atomic.Bool
	closed  atomic.Bool
}

// Start starts QEMU, which then runs the firmware. Errors: ErrNotInstalled, ErrImage,
// *EndedError, ErrNoAnswer, *rt.ConfigError, *rt.PrivilegeError, the context's.
func Start(ctx context.Context, c Config) (*Board, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	program, err := exec.LookPath(c.Program)
	if err != nil {
		return nil, c.missing(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	b := &Board{c: c}
	if err := b.launch(program); err != nil {
		return nil, err
	}
	// A context that ends in the meantime ends QEMU, and with it the wait below.
	undo := context.AfterFunc(ctx, func() { b.process.cmd.Process.Kill() })
	err = b.answer("the start", b.monitor.open(c.Limit))
	if err == nil && c.Policy.Priority() > 0 {
		err = b.process.schedule(c.Policy)
	}
	if !undo() {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// launch starts the process with its sockets and its image.
func (b *Board) launch(program string) error {
	image, err := memoryFile(b.c.Image)
	if err != nil {
		return err
	}
	defer image.Close()
	serial, itsSerial, err := line.Pair()
	if err != nil {
		return errkind.Wrapf(err, "line", "qemu")
	}
	defer itsSerial.Close()
	qmp, itsQMP, err := line.Pair()
	if err != nil {
		return errors.Join(errkind.Wrapf(err, "line", "qemu"), serial.Close())
	}
	defer itsQMP.Close()
	cmd := exec.Command(program, b.c.arguments()...)
	cmd.ExtraFiles = []*os.File{serialFD - 3: itsSerial, qmpFD - 3: itsQMP, imageFD - 3: image}
	if b.process, err = start(cmd); err != nil {
		return errors.Join(fmt.Errorf("qemu: %w", err), serial.Close(), qmp.Close())
	}
	b.line = line.New(serial, b.c.Split)
	b.monitor = &monitor{stream: qmp, seen: map[string]bool{}}
	return nil
}

// memoryFile is a file in memory.
func memoryFile(content []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("firmware.elf", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("qemu: a file in memory for the image: %w", err)
	}
	f := os.NewFile(uintptr(fd), "firmware.elf")
	if _, err := f.Write(content); err != nil {
		return nil, errors.Join(fmt.Errorf("qemu: a file in memory for the image: %w", err), f.Close())
	}
	return f, nil
}

// answer makes the error of a command from its outcome.
func (b *Board) answer(command string, err error) error {
	switch {
	case errors.Is(err, line.ErrEnded):
		// The socket ends a moment before the process.
		select {
		case <-b.process.ended:
		case <-time.After(grace):
		}
		if err := b.process.failure(); err != nil {
			return err
		}
		return noAnswer(b.State(), command, grace)
	case errors.Is(err, line.ErrEmpty), errors.Is(err, line.ErrFull):
		return noAnswer(b.State(), command, b.c.Limit)
	}
	return err
}

// Send sends a frame over the serial line. One that a paused board gets is lost, as is
// one for which there is no room; Lost counts them. hil.ErrDown: QEMU has ended.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (b *Board) Send(t hil.Tick, frame []byte) error { return b.line.Send(t, frame) }

// Receive takes the oldest frame, and waits for one until the deadline, in ns on the
// clock of rt.Now; 0 does not wait. hil.ErrEmpty: there was none. hil.ErrNone: the board
// is paused. hil.ErrDown: QEMU has ended.
//
// Cost: one system call for a frame that is there, and Config.Split. Allocates: no.
// Blocks: until the deadline. Caller: owner.
//
//rt:nonallocating
func (b *Board) Receive(t hil.Tick, frame []byte, deadline int64) (int, error) {
	return b.line.Receive(t, frame, deadline)
}

// Pause stops the board's processor and its clock, or lets them go on.
func (b *Board) Pause(on bool) error {
	if b.closed.Load() {
		return ErrClosed
	}
	if on == b.paused.Load() {
		return nil
	}
	command := "cont"
	if on {
		command = "stop"
	}
	if err := b.answer(command, b.monitor.do(command, b.c.Limit)); err != nil {
		return err
	}
	b.paused.Store(on)
	b.line.Pause(on)
	if !on && b.booting {
		b.booting = false
		return b.started()
	}
	return nil
}

// Reset resets the board as its reset line would, and returns when the firmware has
// started; that of a paused board starts when it goes on. Bytes under way are lost.
func (b *Board) Reset() error {
	if b.closed.Load() {
		return ErrClosed
	}
	// While it stands still nothing more comes from before the reset, which could be
	// taken for the sign of the start.
	goOn := !b.paused.Load()
	if err := b.Pause(true); err != nil {
		return err
	}
	b.line.Clear()
	err := b.monitor.do("system_reset", b.c.Limit)
	if err == nil {
		err = b.monitor.await("RESET", b.c.Limit)
	}
	if err := b.answer("system_reset", err); err != nil {
		return err
	}
	b.booting = true
	if goOn {
		return b.Pause(false)
	}
	return nil
}

// started reads until the firmware says that it has started.
func (b *Board) started() error {
	if b.c.Started == nil {
		return nil
	}
	var frame [hil.MaxFrame]byte
	end := rt.Now() + int64(b.c.Limit)
	for rt.Now() < end {
		n, err := b.line.Receive(hil.Tick{}, frame[:], end)
		switch {
		case err == hil.ErrDown:
			return b.answer("system_reset", line.ErrEnded)
		case err == nil && b.c.Started(frame[:n]):
			return nil
		}
	}
	return fmt.Errorf("%w within %v of wall-clock time; the process is %v", ErrNotStarted, b.c.Limit, b.State())
}

// Close ends QEMU, within a second whatever state it is in, and returns when it has
// ended. A second Close returns nil.
func (b *Board) Close() error {
	if b.closed.Load() {
		return nil
	}
	b.closed.Store(true)
	b.monitor.stream.Send([]byte("{\"execute\":\"quit\"}\n"))
	b.process.stop()
	return errors.Join(b.line.Close(), b.monitor.stream.Close())
}

// PID is QEMU's process id.
func (b *Board) PID() int { return b.process.cmd.Process.Pid }

// State is what QEMU does now.
func (b *Board) State() State {
	s := b.process.state()
	if s == Running && b.paused.Load() {
		return Paused
	}
	return s
}

// Ended is closed when QEMU has ended, for whatever reason.
func (b *Board) Ended() <-chan struct{} { return b.process.ended }

// Err is an *EndedError when QEMU has ended before Close, else nil.
func (b *Board) Err() error {
	if b.closed.Load() {
		return nil
	}
	return b.process.failure()
}

// Output is the end of what QEMU has printed, which is its complaints.
func (b *Board) Output() string { return b.process.words.String() }

// Lost counts the frames that did not reach the board.
func (b *Board) Lost() uint64 { return b.line.Lost() }
