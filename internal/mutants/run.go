package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// runner tests one package with mutants of it.
type runner struct {
	root string // the module's
	pkg  string // relative to root, with slashes
	temp string // a directory that goes with the runner
	// plain caches how long the unchanged package's tests take, by their command.
	mu    sync.Mutex
	plain map[string]time.Duration
}

// outcome is what the tests said of one mutant.
type outcome struct {
	killed bool
	// by names the test that failed first, or says what else happened.
	by string
}

func (r *runner) path(file string) string {
	return filepath.Join(r.root, filepath.FromSlash(r.pkg), file)
}

func (r *runner) read(file string) (string, error) {
	text, err := os.ReadFile(r.path(file))
	return string(text), err
}

// try runs the tests of l with mutant m in place.
func (r *runner) try(ctx context.Context, l list, m mutant) (outcome, error) {
	files, err := m.apply(r.read)
	if err != nil {
		return outcome{}, err
	}
	overlay, err := r.overlay(files)
	if err != nil {
		return outcome{}, err
	}
	runs := l.runs
	if len(m.runs) > 0 {
		runs = m.runs
	}
	packages := []string{"./" + r.pkg}
	for _, p := range m.packages {
		packages = append(packages, "./"+strings.TrimPrefix(p, "./"))
	}
	for _, flags := range runs {
		o, err := r.test(ctx, append(flags[:len(flags):len(flags)], packages...), overlay)
		if err != nil || o.killed {
			return o, err
		}
	}
	return outcome{}, nil
}

// overlay writes files and what tells the go command to use them instead of
// the package's own, and returns the path of the latter.
func (r *runner) overlay(files map[string]string) (string, error) {
	dir, err := os.MkdirTemp(r.temp, "overlay-")
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for file, text := range files {
		changed := filepath.Join(dir, strconv.Itoa(len(replace))+filepath.Base(file))
		if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[r.path(file)] = changed
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, data, 0o600)
}

// test runs go test with args and the overlay, after it has seen once that the
// unchanged package passes.
func (r *runner) test(ctx context.Context, args []string, overlay string) (outcome, error) {
	plain, err := r.unchanged(ctx, args)
	if err != nil {
		return outcome{}, err
	}
	return r.goTest(ctx, args, overlay, 20*time.Second+5*plain)
}

// unchanged is how long the unchanged package's tests take, which must pass.
func (r *runner) unchanged(ctx context.Context, args []string) (time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := strings.Join(args, " ")
	if plain, ok := r.plain[key]; ok {
		return plain, nil
	}
	start := time.Now()
	o, err := r.goTest(ctx, args, "", 10*time.Minute)
	switch {
	case err != nil:
		return 0, err
	case o.killed:
		return 0, fmt.Errorf("go test %s fails without a mutant: %s", key, o.by)
	}
	r.plain[key] = time.Since(start)
	return r.plain[key], nil
}

// buildLimit is how long a build may take that shares the machine.
const buildLimit = 3 * time.Minute

// goTest runs go test once, the tests for at most limit. The error is of the run, not
// of the tests.
func (r *runner) goTest(ctx context.Context, args []string, overlay string, limit time.Duration) (outcome, error) {
	limited, cancel := context.WithTimeout(ctx, limit+buildLimit)
	defer cancel()
	args = append([]string{"test", "-count=1", "-failfast", "-vet=off", "-timeout=" + limit.String()}, args...)
	cmd := exec.CommandContext(limited, "go", args...)
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(r.temp, "tests"), "MEMKIT_MUTANTS=1")
	if overlay != "" {
		// Also for the go commands that a test itself runs.
		cmd.Env = append(cmd.Env, "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+overlay))
	}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	ownGroup(cmd)
	cmd.WaitDelay = 300 * time.Millisecond
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return outcome{}, ctx.Err()
	case limited.Err() != nil:
		return outcome{killed: true, by: "the time limit"}, nil
	case err == nil && !tested.Match(output.Bytes()):
		return outcome{}, fmt.Errorf("go %s runs no test", strings.Join(args, " "))
	case err == nil:
		return outcome{}, nil
	case notBuilt.Match(output.Bytes()):
		return outcome{}, fmt.Errorf("does not build:\n%s", output.Bytes())
	case !errors.As(err, new(*exec.ExitError)):
		return outcome{}, err
	}
	return outcome{killed: true, by: cause(output.String())}, nil
}

var (
	notBuilt = regexp.MustCompile(`\[(build|setup) failed\]`)
	failed   = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	tested   = regexp.MustCompile(`(?m)^ok .*s$`) // a package without tests to run says so at the end
	crashed  = regexp.MustCompile(`(?m)^(panic: .*|fatal error: .*|SIG\w+: .*)`)
)

// cause is the innermost test that failed first, or the crash that ended the
// tests.
func cause(output string) string {
	var name string
	for _, m := range failed.FindAllStringSubmatch(output, -1) {
		if name != "" && !strings.HasPrefix(m[1], name+"/") {
			break
		}
		name = m[1]
	}
	if name != "" {
		return name
	}
	if m := crashed.FindString(output); m != "" {
		return m
	}
	return "a failure without a test's name"
}
