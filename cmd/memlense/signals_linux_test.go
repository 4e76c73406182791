package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSignals stops a check while the go command works for it: the process ends with
// exit code 1, no child is left, and neither is a temporary file.
func TestSignals(t *testing.T) {
	name, err := self()
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		module(t)
		put(t, "a.go", lockedSource)
		temporary := t.TempDir()
		// A go command that has left a file behind and does not end by itself; it
		// says so by closing its output.
		bin := t.TempDir()
		script := "#!/bin/sh\n: >\"$TMPDIR/left\"\necho $$ >&3\nexec 3>&-\nexec sleep 60\n"
		if err := os.WriteFile(bin+"/go", []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr strings.Builder
		cmd := exec.Command(name, "check", "--no-cache", "./...")
		cmd.Env = append(os.Environ(), role+"=memlense", "TMPDIR="+temporary, "PATH="+bin+":"+os.Getenv("PATH"))
		cmd.ExtraFiles = []*os.File{write}
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		write.Close()
		var child int
		if _, err := fmt.Fscan(read, &child); err != nil {
			t.Fatalf("%v: the go command was not started: %s", err, stderr.String())
		}
		read.Close()
		sent := time.Now()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		t.Logf("%v: ended after %v", sig, time.Since(sent).Round(time.Millisecond))
		if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "stopped") {
			t.Errorf("%v: exit %d: %s", sig, code, stderr.String())
		}
		if err := syscall.Kill(child, 0); err != syscall.ESRCH {
			t.Errorf("%v: the go command is still there: %v", sig, err)
		}
		if left, _ := os.ReadDir(temporary); len(left) > 0 {
			t.Errorf("%v: left behind: %v", sig, left)
		}
	}
}
