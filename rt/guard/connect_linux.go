package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/bus"
)

// Connect connects the calling process to the guard at an address and arms it as the
// controller. The first beat is due within Config.FirstBeat; the heartbeat and the port
// are the Controller's. Errors: [ErrGuardGone], [ErrBusy].
func Connect(ctx context.Context, address string) (*Controller, error) {
	guard, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	c := &Controller{sys: &host, arm: guard.arm, hangUp: guard.hangUp}
	g, err := c.arm(ctx)
	if err != nil {
		return nil, errors.Join(err, guard.conn.Close())
	}
	c.now.Store(g)
	return c, nil
}

// AttachDevice opens the device's end of a guard's memory bus. It is for the process
// that is the device, or simulates it.
func AttachDevice(ctx context.Context, address string) (*bus.Memory, error) {
	guard, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer guard.conn.Close()
	_, files, err := guard.ask(ctx, opDevice)
	if err != nil {
		return nil, err
	}
	defer closeAll(files)
	if len(files) != 1 {
		return nil, fmt.Errorf("%w: %d descriptors instead of one", ErrHostile, len(files))
	}
	a, err := arena.Attach(files[0], arena.Config{Name: "guard bus"})
	if err != nil {
		return nil, errkind.Wrapf(err, "arena", "guard: memory of the bus")
	}
	if len(a.Bytes()) < bus.MemorySize() {
		return nil, errors.Join(fmt.Errorf("%w: a memory bus of %d bytes", ErrHostile, len(a.Bytes())), a.Close())
	}
	return bus.AttachMemory(a.Bytes())
}

// client is the connection to a guard.
type client struct{ conn *net.UnixConn }

func dial(ctx context.Context, address string) (*client, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unixpacket", address)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("%w (%s: %w)", ErrGuardGone, address, err)
	}
	return &client{c.(*net.UnixConn)}, nil
}

// answerWithin bounds the wait for an answer where ctx does not.
const answerWithin = 5 * time.Second

// ask asks the guard something. The caller closes the files.
func (c *client) ask(ctx context.Context, o op) (reply, []int, error) {
	end := time.Now().Add(answerWithin)
	if limit, ok := ctx.Deadline(); ok && limit.Before(end) {
		end = limit
	}
	c.conn.SetDeadline(end)
	if _, err := c.conn.Write(packet(request{o})); err != nil {
		return reply{}, nil, fmt.Errorf("%w (%w)", ErrGuardGone, err)
	}
	buffer, rights := make([]byte, mostMessage+1), make([]byte, unix.CmsgSpace(4*4))
	n, m, _, _, err := c.conn.ReadMsgUnix(buffer, rights)
	files := received(rights[:m])
	if err != nil || n == 0 {
		closeAll(files)
		return reply{}, nil, fmt.Errorf("%w (no answer: %w)", ErrGuardGone, err)
	}
	r, err := parseReply(buffer[:n])
	if err != nil {
		closeAll(files)
		return reply{}, nil, err
	}
	return r, files, nil
}

// received are the descriptors that came with a packet.
func received(rights []byte) (files []int) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil
	}
	for i := range messages {
		if fds, err := unix.ParseUnixRights(&messages[i]); err == nil {
			files = append(files, fds...)
		}
	}
	for _, fd := range files {
		unix.CloseOnExec(fd)
	}
	return files
}

func closeAll(files []int) {
	for _, fd := range files {
		unix.Close(fd)
	}
}

// arm arms this process.
func (c *client) arm(ctx context.Context) (*arming, error) {
	r, files, err := c.ask(ctx, opArm)
	if err != nil {
		return nil, err
	}
	if len(files) != 2 || r.Silence < 1 {
		closeAll(files)
		return nil, fmt.Errorf("%w: an arming with %d descriptors", ErrHostile, len(files))
	}
	a, err := arena.Attach(files[0], arena.Config{Name: "guard session"})
	unix.Close(files[0])
	if err == nil && len(a.Bytes()) < sessionBytes() {
		err = errors.Join(fmt.Errorf("%w: a session of %d bytes", ErrHostile, len(a.Bytes())), a.Close())
	}
	if err != nil {
		unix.Close(files[1])
		return nil, fmt.Errorf("guard: memory of a session: %w", err)
	}
	g := &arming{cells: cellsAt(a.Bytes()), wake: -1, silence: r.Silence, safe: r.SafeFrame}
	if r.Socket {
		if g.socket, err = bus.TakeSocket(files[1]); err != nil {
			unix.Close(files[1])
			return nil, errors.Join(err, a.Close())
		}
		g.release = func() error { return errors.Join(g.socket.Close(), a.Close()) }
		return g, nil
	}
	if g.hand, err = bus.AttachMemory(a.Bytes()[cellBytes:]); err != nil {
		unix.Close(files[1])
		return nil, errors.Join(err, a.Close())
	}
	g.wake = files[1]
	g.release = func() error { return errors.Join(g.hand.Close(), unix.Close(g.wake), a.Close()) }
	return g, nil
}

// hangUp releases this process and closes the connection.
func (c *client) hangUp() error {
	_, files, err := c.ask(context.Background(), opRelease)
	closeAll(files)
	if errors.Is(err, ErrGuardGone) {
		err = nil // it has not to be told
	}
	return errors.Join(err, c.conn.Close())
}
