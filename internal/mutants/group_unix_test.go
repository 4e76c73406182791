//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestInterrupt: when the run is cancelled, its processes and files go with it.
// The mutant opens a pipe and hangs; the pipe's other end sees it start and end.
func TestInterrupt(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	temp := module(t, `mutant: hangs
file: p.go
-func add(a, b int) int { return a + b }
+import "os"
+func add(a, b int) int { os.OpenFile("`+pipe+`", os.O_WRONLY, 0); select {} }
`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error)
	go func() {
		_, err := try(ctx, "p", selection{part: 1, parts: 1, jobs: 1}, io.Discard)
		ended <- err
	}()
	end, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	if _, err := io.ReadAll(end); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
