package guard

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt/arena"
)

// newAddress is a socket name outside the file system that no other guard has.
func newAddress() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("guard: a name for its socket: %w", err)
	}
	return fmt.Sprintf("@memkit-guard-%d-%s", os.Getpid(), hex.EncodeToString(b[:])), nil
}

// server answers controllers and devices, on ordinary goroutines of the guard.
type server struct {
	keeper     *keeper
	newSession func(before *session) (*session, []int, error)
	device     *arena.Arena

	listener *net.UnixListener
	clients  sync.WaitGroup
	open     atomic.Int32

	mu      sync.Mutex
	conns   map[*net.UnixConn]bool
	current *session      // armed last
	owner   *net.UnixConn // who has it
	stopped bool
}

// mostClients bounds the connections: a controller, its successor, a device, and those
// of a mistake.
const mostClients = 16

func newServer(address string, k *keeper, newSession func(*session) (*session, []int, error), device *arena.Arena) (*server, error) {
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: address, Net: "unixpacket"})
	if err != nil {
		return nil, fmt.Errorf("guard: its socket: %w", err)
	}
	return &server{keeper: k, newSession: newSession, device: device, listener: l, conns: map[*net.UnixConn]bool{}}, nil
}

// serve answers until stop.
func (s *server) serve() {
	for {
		c, err := s.listener.AcceptUnix()
		if err != nil {
			s.clients.Wait()
			return
		}
		if s.open.Load() >= mostClients || !sameUser(c) || !s.keep(c) {
			c.Close()
			continue
		}
		s.open.Add(1)
		s.clients.Go(func() {
			defer s.open.Add(-1)
			s.client(c)
		})
	}
}

// sameUser reports whether the other end is a process of this user or of root.
func sameUser(c *net.UnixConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	ok := false
	err = raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		ok = err == nil && (int(cred.Uid) == os.Getuid() || cred.Uid == 0)
	})
	return ok && err == nil
}

func (s *server) keep(c *net.UnixConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.conns[c] = true
	}
	return !s.stopped
}

// client answers one process until it is gone.
func (s *server) client(c *net.UnixConn) {
	defer s.hungUp(c)
	buffer := make([]byte, mostMessage+1)
	for {
		n, err := c.Read(buffer)
		if err != nil || n == 0 {
			return
		}
		r, err := parseRequest(buffer[:n])
		if err != nil {
			return // it is no controller of this program
		}
		answer, files, err := s.answer(c, r)
		if err != nil {
			answer = reply{Refused: refusedOther, Text: err.Error()}
			if errors.Is(err, ErrBusy) {
				answer.Refused = refusedBusy
			}
		}
		var rights []byte
		if len(files) > 0 {
			rights = unix.UnixRights(files...)
		}
		c.SetWriteDeadline(time.Now().Add(time.Second))
		if _, _, err := c.WriteMsgUnix(packet(answer), rights, nil); err != nil {
			return
		}
	}
}

// hungUp tells the loop that a controller is gone.
func (s *server) hungUp(c *net.UnixConn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.owner == c {
		s.owner = nil
		s.current.gone.Store(true)
	}
}

func (s *server) answer(c *net.UnixConn, r request) (reply, []int, error) {
	switch r.Op {
	case opDevice:
		if s.device == nil {
			return reply{}, nil, errors.New("the guard's bus is no memory bus")
		}
		return reply{}, []int{s.device.FD()}, nil
	case opRelease:
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.owner == c {
			s.current.released.Store(true)
			s.await(func() bool { return s.keeper.state.Load() != uint32(Armed) })
		}
		return reply{}, nil, nil
	}
	return s.arm(c)
}

// arm makes a session and hands it to the loop.
func (s *server) arm(c *net.UnixConn) (reply, []int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keeper
	if s.current != nil && (s.current.gone.Load() || s.current.released.Load()) {
		s.await(func() bool { return k.state.Load() != uint32(Armed) }) // within a period
	}
	if k.state.Load() == uint32(Armed) {
		return reply{}, nil, ErrBusy
	}
	before := s.current
	next, files, err := s.newSession(before)
	if err != nil {
		return reply{}, nil, err
	}
	k.next.Store(next)
	if !s.await(func() bool { return k.adopted.Load() == next }) {
		if k.next.CompareAndSwap(next, nil) {
			next.release()
		}
		return reply{}, nil, errors.New("the guard's loop does not run")
	}
	s.current, s.owner = next, c
	if before != nil {
		before.release()
	}
	set := k.set
	return reply{Socket: next.socket != nil, Period: set.Period, Silence: set.Silence, SafeFrame: set.SafeFrame}, files, nil
}

const (
	awaitLoop = 2 * time.Second // far longer than any period's part that the loop needs
	awaitLook = 200 * time.Microsecond
)

// await waits for the loop, and reports whether it came.
func (s *server) await(done func() bool) bool {
	for end := time.Now().Add(awaitLoop); !done(); time.Sleep(awaitLook) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// stop ends serve.
func (s *server) stop() {
	s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for c := range s.conns {
		c.Close()
	}
}

// close gives the last session back, when nothing runs any more.
func (s *server) close() error {
	s.stop()
	s.clients.Wait()
	if s.current == nil {
		return nil
	}
	return s.current.release()
}
