//go:build unix

package campaign

import (
	"context"
	"errors"
	"syscall"
	"testing"
)

func TestInterruptEndsTheChild(t *testing.T) {
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	p, stdout, err := start(ctx, "", play(t, "wait"), 0)
	if err != nil {
		t.Fatal(err)
	}
	ready := make([]byte, 6)
	if _, err := stdout.Read(ready); err != nil {
		t.Fatal(err)
	}
	cancel(interrupted)
	if err := p.Wait(); err == nil {
		t.Fatal("the child ended as if nothing had happened")
	}
	if err := syscall.Kill(-p.PID(), 0); err != syscall.ESRCH {
		t.Fatalf("the child's process group: %v, want none", err)
	}
}
