package guard

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt/isolate"
)

// aimedStop stops a controller, by SIGSTOP, at the first instruction of the write that
// follows its check; when the guard has tripped, SIGCONT lets the write go on.
func (m *matrix) aimedStop() {
	m.t.Helper()
	var i *isolate.Isolate
	for tries := 0; ; tries++ {
		i = m.running("run", 5+m.r.Int64N(20))
		err := stopAt(i.PID(), int(m.drive.tid.Load()), reflect.ValueOf(aimedWrite).Pointer())
		if err == nil {
			break
		}
		if tries == 20 || m.g.Status().Last.Reason != Silent {
			m.t.Fatalf("aimed stop: %v; the controller: %v; %v", err, i.Wait(), m.g.Status())
		}
		m.heldUp("aimed stop", i)
	}
	defer i.Close()
	pid := i.PID()
	_, safe, ok := m.drive.tripped()
	if !ok {
		m.t.Fatalf("aimed stop: no safe frame: %v", m.g.Status())
	}
	unix.Kill(pid, unix.SIGCONT)
	if err := i.Wait(); err == nil || !strings.Contains(err.Error(), "the port cannot send any more") {
		m.t.Errorf("aimed stop: the write after the revocation: %v", err)
	}
	m.result.Trials++
	m.result.AimedStops++
	m.result.FramesAfterRevoke += m.drive.after(safe)
}

// stopAt stops a process when one of its threads comes to an address of its code: a
// breakpoint of ptrace finds the moment, and SIGSTOP, sent while the thread stands
// there, holds it before it executes one more instruction.
func stopAt(pid, tid int, address uintptr) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const seize = 0x4206
	if _, _, e := unix.Syscall6(unix.SYS_PTRACE, seize, uintptr(tid), 0, 0, 0, 0); e != 0 {
		return fmt.Errorf("seizing thread %d: %w", tid, e)
	}
	defer func() {
		if e := unix.PtraceDetach(tid); e != nil && err == nil {
			err = fmt.Errorf("letting go: %w", e)
		}
	}()
	// The breakpoint is one byte, set while the thread runs: a stop for that would take
	// as long as a loaded machine makes it.
	code, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer code.Close()
	var before [1]byte
	if _, err := code.ReadAt(before[:], int64(address)); err != nil {
		return fmt.Errorf("reading the code: %w", err)
	}
	if _, err := code.WriteAt([]byte{0xCC}, int64(address)); err != nil {
		return fmt.Errorf("setting the breakpoint: %w", err)
	}
	signal, err := waitStop(tid)
	if err != nil {
		return err
	}
	if signal != unix.SIGTRAP {
		return fmt.Errorf("stopped by %v instead of the breakpoint", signal)
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &regs); err != nil {
		return fmt.Errorf("reading registers: %w", err)
	}
	if regs.Rip != uint64(address)+1 {
		return fmt.Errorf("stopped at %#x instead of %#x", regs.Rip, address)
	}
	regs.Rip = uint64(address)
	if err := unix.PtraceSetRegs(tid, &regs); err != nil {
		return fmt.Errorf("setting registers: %w", err)
	}
	if _, err := code.WriteAt(before[:], int64(address)); err != nil {
		return fmt.Errorf("removing the breakpoint: %w", err)
	}
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		return err
	}
	if !wait(func() bool { return stopped(pid, tid) }) {
		return fmt.Errorf("the other threads do not stop")
	}
	if err := unix.PtraceCont(tid, 0); err != nil {
		return fmt.Errorf("continuing into the stop: %w", err)
	}
	if signal, err := waitStop(tid); err != nil || signal != unix.SIGSTOP {
		return fmt.Errorf("the thread is stopped by %v, %v", signal, err)
	}
	if err := unix.PtraceGetRegs(tid, &regs); err != nil || regs.Rip != uint64(address) {
		return fmt.Errorf("the thread is stopped at %#x, want %#x: %v", regs.Rip, address, err)
	}
	return nil
}

func waitStop(tid int) (unix.Signal, error) {
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(tid, &status, unix.WALL, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || !status.Stopped() {
			return 0, fmt.Errorf("waiting for thread %d: status %#x, %v", tid, status, err)
		}
		return status.StopSignal(), nil
	}
}

// stopped reports whether all threads of a process but one have stopped.
func stopped(pid, but int) bool {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return false
	}
	for _, task := range tasks {
		if task.Name() == fmt.Sprint(but) {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/stat", pid, task.Name()))
		if err != nil {
			continue // it has ended
		}
		_, rest, ok := bytes.Cut(stat, []byte(") "))
		if !ok || rest[0] != 'T' {
			return false
		}
	}
	return true
}
