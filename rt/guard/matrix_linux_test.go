package guard

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/isolate"
)

// matrixSize is how much of everything the matrix does.
type matrixSize struct {
	kills, stops int
	load         time.Duration
}

// size: the whole of it with MEMKIT_SOAK=1, a twentieth where the result is to be read,
// and a sample among all other tests. MEMKIT_GUARD_MATRIX=1000,1000,0s does a part. Only
// a size that a variable asks for is judged by its times.
func size() (n matrixSize) {
	part := os.Getenv("MEMKIT_GUARD_MATRIX")
	var load string
	switch _, err := fmt.Sscanf(strings.ReplaceAll(part, ",", " "), "%d %d %s", &n.kills, &n.stops, &load); {
	case err == nil:
		n.load, _ = time.ParseDuration(load)
		return n
	case os.Getenv("MEMKIT_SOAK") != "":
		return matrixSize{1000, 1000, 10 * time.Minute}
	case testing.Verbose():
		return matrixSize{50, 50, 20 * time.Second}
	}
	return matrixSize{6, 3, 500 * time.Millisecond}
}

// matrixResult is the line that the matrix prints.
type matrixResult struct {
	Trials            int   `json:"trials"`
	Kills             int   `json:"kills"`
	AimedStops        int   `json:"aimed_stops"`
	LoadSeconds       int   `json:"load_s"`
	SilencePeriods    int   `json:"silence_periods"`
	PeriodNs          int64 `json:"period_ns"`
	DetectP50         int64 `json:"detect_p50_ns"`
	DetectP99         int64 `json:"detect_p99_ns"`
	DetectMax         int64 `json:"detect_max_ns"`
	DetectExempt      int   `json:"detect_exempt"`
	FalseTrips        int   `json:"false_trips"`
	FalseTripsExempt  int   `json:"false_trips_exempt"`
	FramesAfterRevoke int   `json:"frames_after_revoke"`
	Frames            int64 `json:"frames"`
	Reference         bool  `json:"c_reference"`
}

// TestMatrix kills and stops real controllers in every way, aims stops between the
// controller's check and its write, and loads the machine; a drive in this process sees
// on its socket what arrives and when.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes; left out by -short")
	}
	if os.Getuid() != 0 {
		t.Skip("needs root: real-time priorities and ptrace of other processes")
	}
	m := newMatrix(t)
	n := size()
	m.result.LoadSeconds = int(n.load / time.Second)
	kinds := []string{"kill", "segfault", "nil", "panic", "stop", "loop"}
	for i := range n.kills {
		m.kill(kinds[i%len(kinds)])
	}
	for range n.stops {
		m.aimedStop()
	}
	m.load(n.load)
	m.report()
}

const (
	matrixPeriod  = time.Millisecond
	matrixSilence = 20
)

type matrix struct {
	t      *testing.T
	r      *rand.Rand
	g      *Guard
	drive  *drive
	stalls *stalls
	result matrixResult
	detect []int64
}

func newMatrix(t *testing.T) *matrix {
	m := &matrix{t: t, r: rand.New(rand.NewPCG(1, 14))}
	m.stalls = startStalls(t)
	m.drive = newDrive(t)
	g, err := Start(t.Context(), Config{
		UDP: &bus.UDPConfig{Remote: m.drive.conn.LocalAddr().String()}, SafeLocal: m.drive.guard.String(),
		SafeFrame: safeFrame, Period: matrixPeriod, Silence: matrixSilence, FirstBeat: time.Minute,
	})
	var refused *rt.PrivilegeError
	if errors.As(err, &refused) || errors.Is(err, rt.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	m.g = g
	m.result.SilencePeriods, m.result.PeriodNs, m.result.Reference = matrixSilence, int64(matrixPeriod), m.stalls != nil
	return m
}

// drive is the actuator: it writes down each frame with the time at which the kernel
// received it.
type drive struct {
	t     *testing.T
	conn  *net.UDPConn
	guard netip.AddrPort

	mu     sync.Mutex
	frames []arrival
	count  atomic.Int64
	tid    atomic.Int64 // of the controller's loop, from its frames
}

type arrival struct {
	at   int64 // on the clock of rt.Now
	safe bool  // by the guard
}

func newDrive(t *testing.T) *drive {
	conn := must[*net.UDPConn](t)(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	d := &drive{t: t, conn: conn, guard: netip.MustParseAddrPort(freeUDP(t))}
	raw := must[interface {
		Control(func(uintptr)) error
	}](t)(asControl(conn))
	raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.receive()
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return d
}

func asControl(c *net.UDPConn) (interface {
	Control(func(uintptr)) error
}, error) {
	return c.SyscallConn()
}

func (d *drive) receive() {
	buffer, oob := make([]byte, 100), make([]byte, 256)
	for {
		n, m, _, from, err := d.conn.ReadMsgUDPAddrPort(buffer, oob)
		if err != nil {
			return
		}
		a := arrival{at: rt.Now(), safe: from == d.guard}
		messages, _ := unix.ParseSocketControlMessage(oob[:m])
		for _, c := range messages {
			if c.Header.Type == unix.SCM_TIMESTAMPNS && len(c.Data) >= 16 {
				wall := int64(binary.NativeEndian.Uint64(c.Data))*1e9 + int64(binary.NativeEndian.Uint64(c.Data[8:]))
				a.at = rt.Now() - (time.Now().UnixNano() - wall)
			}
		}
		if !a.safe && n == 16 {
			d.tid.Store(int64(binary.LittleEndian.Uint64(buffer[8:])))
			d.count.Add(1)
		}
		d.mu.Lock()
		d.frames = append(d.frames, a)
		d.mu.Unlock()
	}
}

// clear forgets the frames so far.
func (d *drive) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.frames = d.frames[:0]
}

// running waits until n frames of a controller have arrived, or it has ended.
func (d *drive) running(n int64, ended <-chan struct{}) bool {
	want := d.count.Load() + n
	wait(func() bool {
		select {
		case <-ended:
			return true
		default:
			return d.count.Load() >= want
		}
	})
	return d.count.Load() >= want
}

// tripped waits for the safe frame after a controller's, and returns when the last frame
// of the controller before it and the safe frame arrived.
func (d *drive) tripped() (last, safe int64, ok bool) {
	ok = wait(func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		last, safe = 0, 0
		for _, a := range d.frames {
			switch {
			case !a.safe:
				last = a.at
			case last != 0:
				safe = a.at
				return true
			}
		}
		return false
	})
	return last, safe, ok
}

// after counts the controller's frames after the first safe one.
func (d *drive) after(safe int64) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.frames {
		if !a.safe && a.at > safe {
			n++
		}
	}
	return n
}

// wait waits until done, for a minute at most.
func wait(done func() bool) bool {
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		if done() {
			return true
		}
	}
	return false
}

// steered is the matrix's controller: a Strict loop that checks, writes and beats, and
// from tick 50 on does what its second argument says.
var steered = isolate.Entry("guard.test.matrix", func(child *isolate.Child) error {
	c, err := Connect(child.Context(), child.Args[0])
	if err != nil {
		return err
	}
	loop, err := child.NewLoop(rt.LoopConfig{Period: matrixPeriod})
	if err != nil {
		return err
	}
	ended := make(chan error)
	go func() { ended <- runSteered(child, loop, c) }()
	return <-ended
})

func runSteered(child *isolate.Child, loop *rt.Loop, c *Controller) error {
	kind, faultAt := child.Args[1], int64(50)
	var frame [16]byte
	var none *int
	return loop.Run(child.Context(), func(t *rt.Tick) error {
		if t.Index >= faultAt {
			switch kind {
			case "nil":
				*none = 1
			case "panic":
				panic("the controller's fault")
			case "segfault":
				unix.Kill(unix.Getpid(), unix.SIGSEGV)
				kind = ""
			case "loop":
				for end := rt.Now() + 500e6; rt.Now() < end; { // endless, as far as the guard is concerned
				}
				return rt.ErrStop
			}
		}
		if c.Trip().Reason != Armed { // the check
			return ErrTripped
		}
		binary.LittleEndian.PutUint64(frame[:], uint64(t.Index))
		binary.LittleEndian.PutUint64(frame[8:], uint64(threadID()))
		if err := aimedWrite(c, frame[:]); err != nil {
			return err
		}
		return c.Beat()
	})
}

// aimedWrite is the write after the check; stops are aimed at its first instruction.
//
//go:noinline
func aimedWrite(c *Controller, frame []byte) error { return c.Send(frame) }

func threadID() uintptr {
	tid, _ := unix.RawSyscallNoError(unix.SYS_GETTID, 0, 0, 0)
	return tid
}

func (m *matrix) controller(kind string) *isolate.Isolate {
	m.t.Helper()
	var i *isolate.Isolate
	var err error
	for range 3 { // a machine that stands still for seconds is not the guard's fault
		m.drive.clear()
		i, err = isolate.Start(m.t.Context(), steered, isolate.Config{
			Args: []string{m.g.Address(), kind}, Heartbeat: -1, FirstBeat: -1, Stderr: io.Discard, Stdout: io.Discard,
		})
		if err == nil {
			return i
		}
	}
	m.t.Fatal(err)
	return nil
}

// running starts a controller and waits until n of its frames have arrived. In the place
// of one that the machine has held up until it tripped comes another.
func (m *matrix) running(kind string, n int64) *isolate.Isolate {
	m.t.Helper()
	for range 20 {
		i := m.controller(kind)
		if m.drive.running(n, i.Done()) {
			return i
		}
		m.heldUp(kind, i)
	}
	m.t.Fatalf("%s: no controller runs: %v", kind, m.g.Status())
	return nil
}

// heldUp counts the trip of a controller that has done nothing wrong, and ends it.
func (m *matrix) heldUp(what string, i *isolate.Isolate) {
	m.t.Helper()
	last := m.g.Status().Last
	m.t.Logf("%s: %v; the controller: %v", what, last, i.Stats())
	unix.Kill(-i.PID(), unix.SIGKILL)
	if err := i.Wait(); last.Reason != Silent {
		m.t.Fatalf("%s: the controller does not run: %v; %v", what, err, m.g.Status())
	}
	i.Close()
	// A beat that comes N periods after the one before was held up for N−1, of which
	// a reference, which looks once a period, sees N−2.
	if m.stalls.between(last.LastBeat-int64(matrixPeriod), last.At, (matrixSilence-2)*int64(matrixPeriod)) {
		m.result.FalseTripsExempt++
	} else {
		m.result.FalseTrips++
	}
}

// kill lets a controller fail, and sees when the safe frame arrives.
func (m *matrix) kill(kind string) {
	m.t.Helper()
	var i *isolate.Isolate
	switch kind {
	case "kill", "stop":
		i = m.running(kind, 20+m.r.Int64N(20))
		signal := unix.SIGKILL
		if kind == "stop" {
			signal = unix.SIGSTOP
		}
		unix.Kill(i.PID(), signal)
	default:
		i = m.controller(kind)
	}
	defer i.Close()
	last, safe, ok := m.drive.tripped()
	if !ok {
		m.t.Fatalf("%s: no safe frame: %v", kind, m.g.Status())
	}
	if kind == "stop" {
		unix.Kill(i.PID(), unix.SIGCONT)
	}
	unix.Kill(-i.PID(), unix.SIGKILL)
	i.Wait()
	m.result.Trials++
	m.result.Kills++
	m.result.FramesAfterRevoke += m.drive.after(safe)
	if m.stalls.between(last, safe, 2*int64(matrixPeriod)) {
		m.result.DetectExempt++
		return
	}
	m.detect = append(m.detect, safe-last)
}

// load runs a controller next to busy goroutines and garbage, and counts the trips.
func (m *matrix) load(d time.Duration) {
	m.t.Helper()
	end := make(chan struct{})
	var busy sync.WaitGroup
	for k := range 5 {
		busy.Go(func() {
			var keep [][]byte
			for n := 0; ; n++ {
				select {
				case <-end:
					return
				default:
				}
				if k == 0 {
					keep = append(keep, make([]byte, 10_000))
					if len(keep) > 1000 {
						keep = nil
					}
				}
			}
		})
	}
	defer busy.Wait()
	defer close(end)
	for until := time.Now().Add(d); time.Now().Before(until); {
		i := m.running("run", 10)
		trips := m.g.Status().Trips
		over := time.NewTimer(time.Until(until))
		select {
		case <-over.C:
		case <-i.Done():
		}
		m.result.Frames = m.drive.count.Load()
		if m.g.Status().Trips != trips {
			m.heldUp("under load", i)
			continue
		}
		unix.Kill(-i.PID(), unix.SIGKILL)
		i.Close()
	}
}

func (m *matrix) report() {
	if n := len(m.detect); n > 0 {
		slices.Sort(m.detect)
		m.result.DetectP50, m.result.DetectP99, m.result.DetectMax = m.detect[n/2], m.detect[min(n-1, n*99/100)], m.detect[n-1]
	}
	line, err := json.Marshal(m.result)
	if err != nil {
		m.t.Fatal(err)
	}
	fmt.Println(string(line))
	if m.result.FramesAfterRevoke != 0 {
		m.t.Errorf("%d frames of the controller after the revocation", m.result.FramesAfterRevoke)
	}
	asked := os.Getenv("MEMKIT_SOAK") != "" || os.Getenv("MEMKIT_GUARD_MATRIX") != ""
	if !asked || m.result.Kills < 50 || m.stalls == nil {
		return // too few, or too loaded by other tests, to judge times by
	}
	if limit := (matrixSilence + 1) * int64(matrixPeriod); m.result.DetectP99 > limit {
		m.t.Errorf("detection p99 %v, want at most %v", time.Duration(m.result.DetectP99), time.Duration(limit))
	}
	if m.result.FalseTrips != 0 {
		m.t.Errorf("%d false trips", m.result.FalseTrips)
	}
}

// stalls are the times at which a C reference of a higher priority was late.
type stalls struct {
	mu    sync.Mutex
	times [][2]int64
}

// startStalls compiles and starts the reference; nil without a compiler.
func startStalls(t *testing.T) *stalls {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Logf("no C reference: %v", err)
		return nil
	}
	program := filepath.Join(t.TempDir(), "reference")
	if out, err := exec.Command(cc, "-O2", "-pthread", "-o", program, "testdata/reference.c").CombinedOutput(); err != nil {
		t.Logf("no C reference: %v\n%s", err, out)
		return nil
	}
	cmd := exec.Command(program, strconv.FormatInt(2*int64(matrixPeriod), 10))
	stdin := must[io.WriteCloser](t)(cmd.StdinPipe())
	stdout := must[io.ReadCloser](t)(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := new(stalls)
	lines := bufio.NewScanner(stdout)
	lines.Scan()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines.Scan() {
			from, to, _ := strings.Cut(lines.Text(), " ")
			a, _ := strconv.ParseInt(from, 10, 64)
			b, _ := strconv.ParseInt(to, 10, 64)
			s.mu.Lock()
			s.times = append(s.times, [2]int64{a, b})
			s.mu.Unlock()
		}
	}()
	t.Cleanup(func() { stdin.Close(); <-done; cmd.Wait() })
	return s
}

// between reports whether a stall of at least least touches a stretch of time.
func (s *stalls) between(from, to, least int64) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.times {
		if x[1]-x[0] >= least && x[0] < to && x[1] > from {
			return true
		}
	}
	return false
}
