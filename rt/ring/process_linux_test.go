package ring

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt/arena"
)

// The tests below start this test binary again as a second process that maps the
// same memfd, kill it, and go on with another. TestMain turns such a process
// into one of the roles.

const roleVariable = "MEMKIT_RING_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		go endWithParent()
		if err := playRole(role); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// endWithParent ends a role, most of which have no end of their own, when the test
// that started it is gone: its end of the pipe closes however it died.
func endWithParent() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(3)
}

// The shared region holds one ring of each kind, at these offsets.
const (
	thereAt  = 0
	backAt   = 16 << 10
	latestAt = 32 << 10
	mpmcAt   = 48 << 10
	allBytes = 64 << 10
	capacity = 16
)

// playRole is what a second process does. It prints what the test waits for.
func playRole(role string) error {
	a, err := arena.Attach(3, arena.Config{NoLock: true})
	if err != nil {
		return err
	}
	shared := a.Bytes()
	switch role {
	case "echo":
		return playEcho(shared)
	case "produce":
		return playProducer(shared)
	case "consume":
		return playConsumer(shared)
	case "mismatch":
		_, err := AttachSPSC[struct{ Other [7]uint64 }](shared[thereAt:])
		return err
	case "intrude":
		q, err := AttachSPSC[message](shared[thereAt:])
		if err != nil {
			return err
		}
		_, err = q.Producer()
		return err
	case "stall":
		q, err := AttachMPMC[message](shared[mpmcAt:])
		if err != nil {
			return err
		}
		q.Push(newMessage(1))
		atomic.AddUint64(q.enter, 1) // and dies before it stores the message
		q.Push(newMessage(2))
		return nil
	}
	return fmt.Errorf("unknown role %q", role)
}

// playEcho sends every message back until the sender closes its side, and keeps
// the latest value up to date.
func playEcho(shared []byte) error {
	in, err := must(AttachSPSC[message](shared[thereAt:])).Consumer()
	if err != nil {
		return err
	}
	out := must(must(AttachStream[message](shared[backAt:])).Writer())
	newest := must(must(AttachLatest[message](shared[latestAt:])).Writer())
	fmt.Println("ready")
	for {
		m, ok := in.Pop()
		if !ok {
			if in.Err() != nil {
				return errors.Join(out.Close(), newest.Close())
			}
			runtime.Gosched()
			continue
		}
		newest.Store(m)
		for out.Write([]message{m}) == 0 {
			runtime.Gosched()
		}
	}
}

// playProducer pushes without end, counting on from what the latest value says.
func playProducer(shared []byte) error {
	out, err := must(AttachSPSC[message](shared[thereAt:])).Producer()
	if err != nil {
		return err
	}
	start, _ := must(must(AttachLatest[message](shared[latestAt:])).Reader()).Load()
	fmt.Println("ready")
	for id := start.id; ; {
		if out.Push(newMessage(id)) {
			id++
		} else {
			runtime.Gosched()
		}
	}
}

// playConsumer passes on without end.
func playConsumer(shared []byte) error {
	in, err := must(AttachSPSC[message](shared[thereAt:])).Consumer()
	if err != nil {
		return err
	}
	out := must(must(AttachStream[message](shared[backAt:])).Writer())
	fmt.Println("ready")
	for {
		m, ok := in.Pop()
		for ok && out.Write([]message{m}) == 0 {
			runtime.Gosched()
		}
		if !ok {
			runtime.Gosched()
		}
	}
}

// sharedRings is the region of a test, with a ring of each kind in it.
type sharedRings struct {
	arena  *arena.Arena
	there  *SPSC[message]
	back   *Stream[message]
	latest *Latest[message]
	mpmc   *MPMC[message]
}

func newSharedRings(t *testing.T) sharedRings {
	t.Helper()
	a, err := arena.New(arena.Config{Size: allBytes, Shared: true, NoLock: true})
	if errors.Is(err, arena.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	b := a.Bytes()
	return sharedRings{
		arena:  a,
		there:  must(CreateSPSC[message](b[thereAt:backAt], capacity)),
		back:   must(CreateStream[message](b[backAt:latestAt], capacity)),
		latest: must(CreateLatest[message](b[latestAt:mpmcAt])),
		mpmc:   must(CreateMPMC[message](b[mpmcAt:], capacity)),
	}
}

// peer is a second process.
type peer struct {
	t      *testing.T
	cmd    *exec.Cmd
	output *bufio.Reader
}

// start starts a peer, by way of the program and arguments in through, if any.
func (r sharedRings) start(t *testing.T, role string, through ...string) *peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	argv := append(through, os.Args[0])
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	memory := os.NewFile(uintptr(must(unix.Dup(r.arena.FD()))), "memory")
	defer memory.Close()
	cmd.ExtraFiles = []*os.File{memory}
	cmd.Stderr = os.Stderr
	must(cmd.StdinPipe())
	pipe := must(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &peer{t, cmd, bufio.NewReader(pipe)}
}

func (p *peer) ready() *peer {
	p.t.Helper()
	if line, err := p.output.ReadString('\n'); line != "ready\n" {
		p.t.Fatalf("peer says %q, %v", line, err)
	}
	return p
}

func (p *peer) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// says waits for the peer's end and returns what it printed.
func (p *peer) says() string {
	text, _ := io.ReadAll(p.output)
	p.cmd.Wait()
	return string(text)
}

func TestProcessesEcho(t *testing.T) {
	r := newSharedRings(t)
	out, in, newest := must(r.there.Producer()), must(r.back.Reader()), must(r.latest.Reader())
	p := r.start(t, "echo").ready()
	const n = 2000
	var one [1]message
	for sent, received := uint64(0), uint64(0); received < n; {
		if sent < n && out.Push(newMessage(sent)) {
			sent++
		} else if in.Read(one[:]) == 1 {
			if one[0] != newMessage(received) {
				t.Fatalf("message %d came back as %v", received, one[0])
			}
			received++
		} else {
			if err := in.CheckPeer(); err != nil {
				t.Fatal(err)
			}
			runtime.Gosched()
		}
	}
	out.Close()
	if text := p.says(); text != "" {
		t.Errorf("peer says %q", text)
	}
	if err := in.Err(); !errors.Is(err, ErrClosed) {
		t.Errorf("after the peer's orderly end: %v", err)
	}
	if v, _ := newest.Load(); v != newMessage(n-1) {
		t.Errorf("latest value %v", v)
	}
}

// TestProcessesProducerDies kills producers at random places; none may leave a
// torn message or a gap.
func TestProcessesProducerDies(t *testing.T) {
	r := newSharedRings(t)
	in, next := must(r.there.Consumer()), must(r.latest.Writer())
	want := uint64(0)
	receive := func() bool {
		m, ok := in.Pop()
		if ok && m != newMessage(want) {
			t.Fatalf("message %v, want %d", m, want)
		} else if ok {
			want++
		}
		return ok
	}
	for life := range 8 {
		next.Store(newMessage(want))
		p := r.start(t, "produce").ready()
		for target := want + uint64(life*37); want < target; {
			if !receive() {
				runtime.Gosched()
			}
		}
		if err := in.CheckPeer(); err != nil {
			t.Fatalf("while the producer lives: %v", err)
		}
		p.kill()
		if err := in.CheckPeer(); !errors.Is(err, ErrAbandoned) {
			t.Fatalf("after the producer died: %v", err)
		}
		for receive() {
		}
		if state, epoch := in.Peer(); state != Abandoned || epoch != uint32(life+1) {
			t.Errorf("life %d: producer is %v, epoch %d", life, state, epoch)
		}
		r.there.check(t, 0)
	}
}

// TestProcessesConsumerDies kills consumers at random places; a message may come
// twice when its consumer died over it, or be lost with the consumer's memory,
// but nothing else may happen to it.
func TestProcessesConsumerDies(t *testing.T) {
	r := newSharedRings(t)
	out, in := must(r.there.Producer()), must(r.back.Reader())
	sent, last := uint64(0), uint64(0)
	var one [1]message
	receive := func() bool {
		if in.Read(one[:]) == 0 {
			return false
		}
		if !one[0].whole() || one[0].id < last || one[0].id > last+2 {
			t.Fatalf("message %v after %d", one[0], last)
		}
		last = one[0].id
		return true
	}
	for life := range 8 {
		p := r.start(t, "consume").ready()
		for target := sent + uint64(life*37) + 1; sent < target; {
			if out.Push(newMessage(sent + 1)) {
				sent++
			} else if !receive() {
				runtime.Gosched()
			}
		}
		p.kill()
		for out.Push(newMessage(sent + 1)) {
			sent++
		}
		if err := out.CheckPeer(); !errors.Is(err, ErrAbandoned) {
			t.Fatalf("after the consumer died: %v", err)
		}
		if err := in.CheckPeer(); !errors.Is(err, ErrAbandoned) {
			t.Fatalf("after the consumer died: %v", err)
		}
		for receive() {
		}
		r.there.check(t, capacity)
	}
}

func TestProcessesDisagree(t *testing.T) {
	r := newSharedRings(t)
	if text := r.start(t, "mismatch").says(); !strings.Contains(text, "element layout") {
		t.Errorf("a peer with another element type says %q", text)
	}
	must(r.there.Producer())
	if text := r.start(t, "intrude").says(); !strings.Contains(text, fmt.Sprintf("by process %d", os.Getpid())) {
		t.Errorf("a peer that claims our side says %q", text)
	}
}

// TestProcessesTimeNamespaces: a peer in another time namespace, where start times
// read differently, is not taken for dead, nor are we by it.
func TestProcessesTimeNamespaces(t *testing.T) {
	through := []string{"unshare", "--time", "--boottime", "100000", "--fork"}
	if out, err := exec.Command(through[0], append(through[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("needs the right to make time namespaces: %v: %s", err, out)
	}
	r := newSharedRings(t)
	in := must(r.there.Consumer())
	must(r.latest.Writer())
	p := r.start(t, "produce", through...).ready()
	if err := in.CheckPeer(); err != nil {
		t.Errorf("a peer in another time namespace: %v", err)
	}
	if _, err := r.there.Producer(); !errors.Is(err, ErrHeld) {
		t.Errorf("a second producer: %v", err)
	}
	p.kill()

	r = newSharedRings(t)
	must(r.there.Producer())
	if text := r.start(t, "intrude", through...).says(); !strings.Contains(text, fmt.Sprintf("by process %d", os.Getpid())) {
		t.Errorf("a peer in another time namespace that claims our side says %q", text)
	}
}

func TestProcessesRepair(t *testing.T) {
	r := newSharedRings(t)
	if text := r.start(t, "stall").says(); text != "" {
		t.Fatal(text)
	}
	if m, ok := r.mpmc.Pop(); !ok || m.id != 1 {
		t.Errorf("first message: %v, %v", m, ok)
	}
	if m, ok := r.mpmc.Pop(); ok {
		t.Errorf("message %v from behind a hole", m)
	}
	if err := r.mpmc.CheckPeers(); !errors.Is(err, ErrAbandoned) {
		t.Errorf("CheckPeers: %v", err)
	}
	if lost, err := r.mpmc.Repair(); lost != 1 || err != nil {
		t.Errorf("repair: %d lost, %v", lost, err)
	}
	if m, ok := r.mpmc.Pop(); !ok || m.id != 2 {
		t.Errorf("message after the repair: %v, %v", m, ok)
	}
	r.mpmc.check(t, 0)
}

// TestZombieIsDead: a holder that has ended and whose parent has not waited for it yet
// does not live, though its start time is still to be read.
func TestZombieIsDead(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run=^$")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	if err := unix.Waitid(unix.P_PID, child.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	start, lives := lookUp(child.Process.Pid)
	if start == 0 {
		t.Skip("start times of processes are not known on this system")
	}
	s := side{word: pack(Held, child.Process.Pid, 7), born: start<<16 | 7}
	if lives || s.holderLives(s.word) || s.check() != Abandoned {
		t.Errorf("a process that has ended lives: %v, its side is %v", lives, s.check())
	}
}

// TestBootOffset: the offset of the time since boot, in ticks of 10 ms.
func TestBootOffset(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "monotonic 7 0\nboottime 0 0\n": 0, "monotonic           7         0\nboottime         100 250000000\n": 10025,
		"boottime -3 990000000\nmonotonic 7 0\n": -201, "boottime 5\n": 0,
	} {
		if got := parseBootOffset([]byte(text)); got != want {
			t.Errorf("%q: %d ticks, want %d", text, got, want)
		}
	}
}
