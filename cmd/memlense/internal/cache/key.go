package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Request is what a report depends on besides the source files.
type Request struct {
	// Dir is the working directory of the go command.
	Dir string
	// Patterns of packages, and Flags of the go command such as -tags.
	Patterns, Flags []string
	// Options is any other setting that changes the report.
	Options string
	// Env is the environment of the go command; nil is that of this process.
	Env []string
}

// Key identifies the program, the tool and the settings that a report is for.
type Key string

// NewKey hashes all that a report depends on: the tool, Go's version and build
// settings, the request, and every file of the packages and of all their
// dependencies, the standard library included.
func NewKey(ctx context.Context, r Request) (Key, error) {
	h := sha256.New()
	part := func(name string, values ...string) { writePart(h, name, values...) }

	var (
		wait              sync.WaitGroup
		settings, files   []string
		envErr, sourceErr error
		tool              string
		toolErr           error
	)
	wait.Go(func() { settings, envErr = buildSettings(ctx, r) })
	wait.Go(func() { tool, toolErr = toolHash() })
	files, sourceErr = sources(ctx, r)
	wait.Wait()
	if err := errors.Join(envErr, sourceErr, toolErr); err != nil {
		return "", err
	}
	part("tool", tool)
	part("dir", r.Dir)
	part("patterns", r.Patterns...)
	part("flags", r.Flags...)
	part("options", r.Options)
	part("settings", settings...)
	for _, name := range files {
		sum, err := fileHash(name)
		if err != nil {
			return "", err
		}
		part("file", name, sum)
	}
	return Key(hex.EncodeToString(h.Sum(nil))), nil
}

// writePart adds values so that no two lists of parts look alike.
func writePart(h hash.Hash, name string, values ...string) {
	fmt.Fprintf(h, "%s %d\n", name, len(values))
	for _, v := range values {
		fmt.Fprintf(h, "%d:%s\n", len(v), v)
	}
}

// toolHash is the hash of the running executable.
var toolHash = sync.OnceValues(func() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	return fileHash(name)
})

func fileHash(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// buildSettings are the variables of `go env` as NAME=VALUE, but for those that
// change from call to call, and the identity of the C compiler.
func buildSettings(ctx context.Context, r Request) ([]string, error) {
	out, err := run(ctx, r, "env", "-json")
	if err != nil {
		return nil, err
	}
	var env map[string]string
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("cache: go env: %w", err)
	}
	// GOGCCFLAGS names a temporary directory, and follows from the others.
	delete(env, "GOGCCFLAGS")
	var settings []string
	for name, value := range env {
		settings = append(settings, name+"="+value)
	}
	slices.Sort(settings)
	if compiler, err := exec.LookPath(strings.Fields(env["CC"] + " cc")[0]); err == nil {
		if info, err := os.Stat(compiler); err == nil {
			settings = append(settings, fmt.Sprint(compiler, info.Size(), info.ModTime().UnixNano()))
		}
	}
	return settings, nil
}

// listed are the fields of `go list` that name files.
type listed struct {
	ImportPath, Dir string
	Module          *struct{ GoMod string }
	Error           *struct{ Err string }

	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles []string
	SFiles, SwigFiles, SwigCXXFiles, SysoFiles, EmbedFiles      []string
	IgnoredGoFiles, TestGoFiles, XTestGoFiles                   []string
}

func (l *listed) files() []string {
	return slices.Concat(l.GoFiles, l.CgoFiles, l.CFiles, l.CXXFiles, l.MFiles, l.HFiles, l.FFiles,
		l.SFiles, l.SwigFiles, l.SwigCXXFiles, l.SysoFiles, l.EmbedFiles, l.IgnoredGoFiles, l.TestGoFiles, l.XTestGoFiles)
}

const fields = "ImportPath,Dir,Module,Error,GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles"

// sources are the files that the packages and their dependencies are made of, with
// go.mod, go.sum, the workspace, the list of vendored modules and profiles. In order
// of name, each once.
func sources(ctx context.Context, r Request) ([]string, error) {
	args := append([]string{"list", "-deps", "-json=" + fields}, r.Flags...)
	out, err := run(ctx, r, append(append(args, "--"), r.Patterns...)...)
	if err != nil {
		return nil, err
	}
	var names []string
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var l listed
		if err := dec.Decode(&l); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("cache: go list: %w", err)
		}
		if l.Error != nil {
			return nil, fmt.Errorf("cache: go list: %s: %s", l.ImportPath, l.Error.Err)
		}
		for _, name := range l.files() {
			names = append(names, filepath.Join(l.Dir, name))
		}
		if l.Module != nil && l.Module.GoMod != "" {
			names = append(names, l.Module.GoMod)
			root := filepath.Dir(l.Module.GoMod)
			names = append(names, existing(filepath.Join(root, "go.sum"), filepath.Join(root, "vendor", "modules.txt"))...)
		}
		names = append(names, existing(filepath.Join(l.Dir, "default.pgo"))...)
	}
	if work, err := run(ctx, r, "env", "GOWORK"); err != nil {
		return nil, err
	} else if name := strings.TrimSpace(string(work)); name != "" && name != "off" {
		names = append(names, existing(name, strings.TrimSuffix(name, "go.work")+"go.work.sum")...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// existing keeps the files that are there.
func existing(names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		info, err := os.Stat(name)
		return err != nil || !info.Mode().IsRegular()
	})
}

// run runs the go command and returns its output.
func run(ctx context.Context, r Request, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = r.Dir, r.Env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cache: go %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}
