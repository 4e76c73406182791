package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func runTrace(ctx context.Context, args ...string) (string, error) {
	cmd := newTraceCommand()
	var out bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

// TestTraceWritesAFile runs a real loop; package trace decodes such files.
func TestTraceWritesAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "loop.perfetto-trace")
	var written []byte
	// A busy machine may keep the loop from running for all of a short time.
	for _, duration := range []string{"30ms", "1s", "30s"} {
		out, err := runTrace(t.Context(), "--duration", duration, "-o", file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out, file) || !strings.Contains(out, "ui.perfetto.dev") {
			t.Errorf("says %q", out)
		}
		if written, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(written, []byte("wake latency")) {
			break
		}
	}
	for _, want := range []string{"rtbench", "loop", "step", "wake latency", "skipped periods", "dropped events"} {
		if !bytes.Contains(written, []byte(want)) {
			t.Errorf("%q is not in the trace", want)
		}
	}
}

func TestTraceRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--duration", "0s", "-o", filepath.Join(dir, "f")}, "must be positive"},
		{[]string{"-o", dir}, "no regular file"},
		{[]string{"more"}, "unknown command"},
	} {
		if _, err := runTrace(t.Context(), c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
}

// TestTraceStopped: an interrupted command leaves earlier files as they were.
func TestTraceStopped(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "loop.perfetto-trace")
	if err := os.WriteFile(file, []byte("older"), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := runTrace(ctx, "-o", file); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	kept, err := os.ReadFile(file)
	if err != nil || string(kept) != "older" {
		t.Errorf("the file holds %q, %v", kept, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
