package line

import (
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
)

const benchFrame = 14

// echo answers each frame on a thread of its own, as a device does, until the other end
// is closed.
func echo(fd int) {
	runtime.LockOSThread()
	defer unix.Close(fd)
	b := make([]byte, benchFrame)
	for {
		n, err := unix.Read(fd, b)
		if err == unix.EINTR {
			continue
		}
		if n <= 0 {
			return
		}
		if _, err := unix.Write(fd, b[:n]); err != nil {
			return
		}
	}
}

// BenchmarkExchange compares an exchange over a Stream with one over a net.Conn, with a
// device that answers at once, in turns of 100, next to a goroutine that is busy.
func BenchmarkExchange(b *testing.B) {
	s, other, err := Pair()
	if err != nil {
		b.Skip(err)
	}
	defer s.Close()
	fd, err := unix.Dup(int(other.Fd()))
	if err != nil {
		b.Fatal(err)
	}
	other.Close()
	go echo(fd)
	conn, far := connPair(b)
	defer conn.Close()
	go echo(far)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for n := 0; ; n++ {
			if n%1e6 == 0 {
				select {
				case <-stop:
					return
				default:
				}
			}
		}
	}()

	frame, answer := make([]byte, benchFrame), make([]byte, benchFrame)
	var raw, netted []int64
	for b.Loop() {
		for range 100 {
			from := rt.Now()
			if err := s.Send(frame); err != nil {
				b.Fatal(err)
			}
			if _, err := s.Receive(answer, from+int64(10*time.Millisecond)); err != nil && err != ErrEmpty {
				b.Fatal(err)
			} else if err == ErrEmpty { // a late answer must not stay
				if _, err := s.Receive(answer, from+int64(time.Minute)); err != nil {
					b.Fatal(err)
				}
			}
			raw = append(raw, rt.Now()-from)
		}
		for range 100 {
			from := rt.Now()
			if _, err := conn.Write(frame); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(conn, answer); err != nil {
				b.Fatal(err)
			}
			netted = append(netted, rt.Now()-from)
		}
	}
	slices.Sort(raw)
	slices.Sort(netted)
	q := func(all []int64, p float64) float64 { return float64(all[int(p*float64(len(all)-1))]) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(q(raw, 0.5)/1e3, "stream-p50-µs")
	b.ReportMetric(q(raw, 0.99)/1e3, "stream-p99-µs")
	b.ReportMetric(q(netted, 0.5)/1e3, "conn-p50-µs")
	b.ReportMetric(q(netted, 0.99)/1e3, "conn-p99-µs")
}

// connPair is a net.Conn and the descriptor of its other end.
func connPair(b *testing.B) (net.Conn, int) {
	b.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	f := os.NewFile(uintptr(fds[0]), "conn")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		b.Fatal(err)
	}
	return c, fds[1]
}
