package link

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Built is what the go command made of packages. Close removes it.
type Built struct {
	// Text is what the compiler says of the packages that the patterns match: which
	// values escape, and which calls are inlined.
	Text string
	// Faults are reasons why code could not be compiled or linked. With one, there are
	// no executables.
	Faults []Fault
	// Executables have the functions to keep.
	Executables []Executable
	// Skipped are the functions that no executable was made to have.
	Skipped []Skipped

	root  string // directory of the build
	dir   string
	files map[string]string // folders of packages, by what -trimpath makes of them
}

// Executable is a linked program.
type Executable struct {
	Path string
	// Package is the path of the package main, "" where the main function is a
	// generated one, and the functions are those of libraries.
	Package string
}

// ErrPlatform: executables for the platform cannot be judged.
var ErrPlatform = errors.New("link: executables are judged for linux/amd64 only; set GOOS=linux and GOARCH=amd64")

// Build compiles packages and links executables that have the functions to keep. Code
// that does not compile is in Built.Faults; the error is for what prevents even that.
func Build(ctx context.Context, c Config) (_ *Built, err error) {
	if c.Phase == nil {
		c.Phase = func(string) {}
	}
	c.Phase("compile")
	if err := platform(ctx, c); err != nil {
		return nil, err
	}
	k := newKeeper(c)
	root, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	dir, err := os.MkdirTemp("", "memlense-")
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	b := &Built{root: root, dir: dir, Skipped: k.skipped}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	overlay, err := k.overlay(dir)
	if err != nil {
		return nil, err
	}
	c = k.config
	packages, err := b.compile(ctx, c, overlay)
	if err != nil || len(b.Faults) > 0 {
		return b, err
	}
	b.files = folders(packages)
	c.Phase("link")
	if len(k.imports) > 0 {
		if err := b.library(ctx, c, k, packages); err != nil {
			return nil, err
		}
	}
	if err := b.link(ctx, c, k.programs, overlay); err != nil {
		return nil, err
	}
	return b, nil
}

// Close removes the executables.
func (b *Built) Close() error { return os.RemoveAll(b.dir) }

// File is the path of a source file as an executable or the compiler names it: in full,
// relative to the directory of the build, or as -trimpath makes it.
func (b *Built) File(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	if slash := strings.LastIndexByte(name, '/'); slash >= 0 {
		if dir, ok := b.files[name[:slash]]; ok {
			return filepath.Join(dir, name[slash+1:])
		}
	}
	if path := filepath.Join(b.root, name); exists(path) {
		return path
	}
	return name
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// listedPackage is a package as go list describes it.
type listedPackage struct {
	Dir, ImportPath, Name, Export string
	Standard                      bool
	Module                        *struct{ Path, Version, Dir string }
}

// folders maps the names of folders that -trimpath makes to folders.
func folders(packages []listedPackage) map[string]string {
	m := make(map[string]string, len(packages))
	for _, p := range packages {
		name := p.ImportPath
		if p.Module != nil && p.Module.Version != "" {
			name = p.Module.Path + "@" + p.Module.Version + strings.TrimPrefix(p.ImportPath, p.Module.Path)
		}
		m[name] = p.Dir
	}
	return m
}

func platform(ctx context.Context, c Config) error {
	out, err := c.run(ctx, "", "env", "GOOS", "GOARCH")
	if err != nil {
		return err
	}
	if got := strings.Fields(out.stdout); len(got) != 2 || got[0] != "linux" || got[1] != "amd64" {
		return fmt.Errorf("%w; they are %s", ErrPlatform, strings.Join(got, " and "))
	}
	return nil
}

// output is what a command wrote.
type output struct {
	stdout, stderr string
	failed         bool // its exit status was not 0
}

// run runs the go command. Its error is one of starting it or of the context.
func (c Config) run(ctx context.Context, dir string, arguments ...string) (output, error) {
	cmd := exec.CommandContext(ctx, "go", arguments...)
	cmd.Dir = c.Dir
	if dir != "" {
		cmd.Dir = dir
	}
	cmd.Env = c.env()
	// The go command ends its compilers when it is asked to end, not when it is killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return output{}, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return output{}, fmt.Errorf("link: go %s: %w", arguments[0], err)
	}
	return output{stdout.String(), stderr.String(), err != nil}, nil
}

// compile compiles the packages and lists their object files, with those of the
// runtime, which every program needs.
func (b *Built) compile(ctx context.Context, c Config, overlay []string) ([]listedPackage, error) {
	var packages []listedPackage
	for _, patterns := range [][]string{c.patterns(), {"runtime"}} { // named files go with nothing else
		arguments := []string{"list", "-export", "-deps", "-json=Dir,ImportPath,Name,Export,Standard,Module"}
		arguments = append(append(append(arguments, c.BuildFlags...), c.compilerFlags()...), overlay...)
		out, err := c.run(ctx, "", append(append(arguments, "--"), patterns...)...)
		if err != nil {
			return nil, err
		}
		if out.failed {
			b.Faults = faults(out.stderr)
			return nil, nil
		}
		b.Text += out.stderr
		for d := json.NewDecoder(strings.NewReader(out.stdout)); d.More(); {
			var p listedPackage
			if err := d.Decode(&p); err != nil {
				return nil, fmt.Errorf("link: go list: %w", err)
			}
			packages = append(packages, p)
		}
		if slices.ContainsFunc(packages, func(p listedPackage) bool { return p.ImportPath == "runtime" }) {
			break
		}
	}
	return packages, nil
}

// compilerFlags has the compiler explain its decisions in the packages under check,
// and not in what they import, whose object files are in the cache already.
func (c Config) compilerFlags() []string {
	var flags []string
	patterns := c.patterns()
	if c.files() {
		patterns = []string{"command-line-arguments"}
	}
	for _, p := range patterns {
		flags = append(flags, "-gcflags="+p+"=-m")
	}
	return flags
}

// library links an executable with a generated main function.
func (b *Built) library(ctx context.Context, c Config, k *keeper, packages []listedPackage) error {
	main := filepath.Join(b.dir, "main.go")
	object, executable := filepath.Join(b.dir, "main.o"), filepath.Join(b.dir, "library")
	imports, symbols := filepath.Join(b.dir, "importcfg"), filepath.Join(b.dir, "symabis")
	var list strings.Builder
	for _, p := range packages {
		if p.Export != "" && p.Name != "main" {
			fmt.Fprintf(&list, "packagefile %s=%s\n", p.ImportPath, p.Export)
		}
	}
	for name, text := range map[string]string{main: k.main(), imports: list.String(), symbols: ""} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return fmt.Errorf("link: %w", err)
		}
	}
	for _, arguments := range [][]string{
		{"tool", "compile", "-p", "main", "-importcfg", imports, "-symabis", symbols, "-trimpath", b.dir, "-o", object, main},
		{"tool", "link", "-w", "-importcfg", imports, "-buildmode=exe", "-o", executable, object},
	} {
		out, err := c.run(ctx, "", arguments...)
		if err != nil {
			return err
		}
		if out.failed {
			b.Faults = append(b.Faults, Fault{Message: "link: go " + arguments[0] + " " + arguments[1] + ": " + strings.TrimSpace(out.stdout+out.stderr)})
			return nil
		}
	}
	b.Executables = append(b.Executables, Executable{Path: executable})
	return nil
}

// link links packages main, all at once. Those whose executables have the same name
// are linked by further calls.
func (b *Built) link(ctx context.Context, c Config, programs, overlay []string) error {
	for len(programs) > 0 {
		dir, err := os.MkdirTemp(b.dir, "programs")
		if err != nil {
			return fmt.Errorf("link: %w", err)
		}
		names := map[string]bool{}
		var now, later []string
		for _, p := range programs {
			if name := path.Base(majorVersion.ReplaceAllString(p, "")); names[name] {
				later = append(later, p)
			} else {
				names[name] = true
				now = append(now, p)
			}
		}
		targets := now
		if slices.Contains(now, "command-line-arguments") { // named files, which are one program
			targets = c.patterns()
		}
		// Stamps of the version control take longer than to link.
		arguments := append([]string{"build", "-o", dir + string(filepath.Separator), "-ldflags=-w", "-buildvcs=false"}, c.BuildFlags...)
		arguments = append(append(arguments, c.compilerFlags()...), overlay...)
		out, err := c.run(ctx, "", append(append(arguments, "--"), targets...)...)
		if err != nil {
			return err
		}
		if out.failed {
			b.Faults = append(b.Faults, faults(out.stderr)...)
			return nil
		}
		if err := b.linked(dir, now); err != nil {
			return err
		}
		programs = later
	}
	return nil
}

// majorVersion is the end of a path that the name of an executable leaves out.
var majorVersion = regexp.MustCompile(`/v[0-9]+$`)

// linked notes the executables in a directory, which are those of packages.
func (b *Built) linked(dir string, packages []string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	found := map[string]string{}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return fmt.Errorf("link: %w", err)
		}
		found[info.Path] = path
	}
	for _, p := range packages {
		path, ok := found[p]
		if !ok {
			b.Faults = append(b.Faults, Fault{Message: "link: go build made no executable of " + p})
			continue
		}
		b.Executables = append(b.Executables, Executable{Path: path, Package: p})
	}
	return nil
}
