package isolate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func init() { playParent = startAndWait }

func startAndWait(role string) int {
	if role == "removed" {
		if err := os.Remove(os.Args[0]); err != nil {
			fmt.Println(err)
			return 1
		}
		role = "obey"
	}
	i, err := Start(context.Background(), playEntry, Config{Args: []string{role}, Channels: []Channel{facts, counter}, FirstBeat: -1})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(i.PID())
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// TestIsolateEndsWithItsParent: however the parent ends, and whether its entry
// listens or not, the child ends too, and it does not hold the parent's output.
func TestIsolateEndsWithItsParent(t *testing.T) {
	t.Parallel()
	t.Run("exit", func(t *testing.T) { endParent(t, "obey", "exit") })
	t.Run("SIGKILL", func(t *testing.T) { endParent(t, "obey", "SIGKILL") })
	t.Run("its file is gone", func(t *testing.T) { endParent(t, "removed", "exit") })
	t.Run("SIGKILL, deaf", func(t *testing.T) {
		if testing.Short() {
			t.Skip("the child has two seconds; left out by -short")
		}
		endParent(t, "deaf", "SIGKILL")
	})
}

func endParent(t *testing.T, role, end string) {
	program := "/proc/self/exe"
	if role == "removed" { // a child runs what its parent runs, whatever became of the file
		program = copyProgram(t)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), parentRole+"="+role)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(stdout)
	first, _ := said.ReadString('\n')
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		t.Fatalf("the parent says %q", first)
	}
	child, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	if end == "exit" {
		stdin.Close()
	} else if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, said); err != nil { // to its end, which a child that held it would delay
		t.Error(err)
	}
	cmd.Wait()
	for {
		ready := []unix.PollFd{{Fd: int32(child), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); err == nil {
			return
		} else if !errors.Is(err, unix.EINTR) {
			t.Fatal(err)
		}
	}
}

func copyProgram(t *testing.T) (path string) {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
