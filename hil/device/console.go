package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Console is the console of a device: what it writes can be read, and the other way
// round. It belongs to one goroutine.
type Console struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
	in     io.WriteCloser // of the command
	out    *os.File
	closed bool
}

// Console starts the console's command. It ends with Console.Close, and with the
// context.
func (d *Device) Console(ctx context.Context) (*Console, error) {
	if len(d.c.Console) == 0 {
		return nil, fmt.Errorf("%w: console of %s", ErrNoCommand, d.c.Name)
	}
	failed := func(err error) error {
		return &CommandError{Device: d.c.Name, Action: "console", Command: d.c.Console, Err: err}
	}
	out, its, err := os.Pipe()
	if err != nil {
		return nil, failed(err)
	}
	defer its.Close()
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, d.c.Console[0], d.c.Console[1:]...)
	cmd.Stdout, cmd.Stderr = its, its
	ownGroup(cmd)
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, errors.Join(failed(err), out.Close())
	}
	return &Console{cmd: cmd, cancel: cancel, in: in, out: out}, nil
}

// Read reads what the device writes. io.EOF: the command has ended.
func (c *Console) Read(b []byte) (int, error) { return c.out.Read(b) }

// Write writes to the device.
func (c *Console) Write(b []byte) (int, error) { return c.in.Write(b) }

// Expect reads until the device has written the text, and returns all that it wrote
// until then. After the limit, or when the command ends, the error is ErrText.
func (c *Console) Expect(text string, limit time.Duration) (string, error) {
	if err := c.out.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return "", err
	}
	defer c.out.SetReadDeadline(time.Time{})
	var all strings.Builder
	b := make([]byte, 1)
	for !strings.HasSuffix(all.String(), text) {
		if all.Len() == mostExpected {
			return all.String(), fmt.Errorf("%w %q in %d bytes", ErrText, text, mostExpected)
		}
		n, err := c.out.Read(b)
		all.Write(b[:n])
		if err != nil {
			return all.String(), fmt.Errorf("%w %q: %w; it said %q", ErrText, text, err, all.String())
		}
	}
	return all.String(), nil
}

// mostExpected bounds Expect for a device that writes without end.
const mostExpected = 1 << 20

// Close ends the command. A second Close returns nil.
func (c *Console) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	c.cancel()
	c.cmd.Wait() // it was killed
	return c.out.Close()
}
