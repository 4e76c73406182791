package binary

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memkit-go/memkit/internal/machinecode"
)

// Program is a linked executable.
type Program struct {
	modified time.Time
	binary   *machinecode.Binary
	code     map[*machinecode.Symbol]*function
	byBase   map[string][]*machinecode.Symbol // instances and plain functions, by name without type arguments
	folders  map[string]string                // packages, by the folders of their files
	// implementations are types by the interfaces that they are converted to.
	implementations map[string][]string
}

// ErrNoFunction: the executable does not have the function. The linker leaves out
// functions that nothing calls, and those that are inlined everywhere.
var ErrNoFunction = errors.New("binary: the executable does not have the function")

// Load reads the executable at path: an ELF file for amd64, with or without C in it,
// position-independent or not.
func Load(path string) (*Program, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("binary: %w", err)
	}
	b, err := machinecode.Open(path)
	if err != nil {
		return nil, fmt.Errorf("binary: %s", strings.TrimPrefix(err.Error(), "machinecode: "))
	}
	p := &Program{
		modified: info.ModTime(), binary: b,
		code: map[*machinecode.Symbol]*function{}, byBase: map[string][]*machinecode.Symbol{},
	}
	for i := range b.Symbols() {
		s := &b.Symbols()[i]
		base := WithoutTypeArguments(s.Name)
		p.byBase[base] = append(p.byBase[base], s)
	}
	if len(b.Symbols()) > 0 {
		if _, err := b.Graph(&b.Symbols()[0]); err != nil {
			return nil, fmt.Errorf("binary: %s", strings.TrimPrefix(err.Error(), "machinecode: "))
		}
	}
	return p, nil
}

// Instances returns the names of the functions that the executable has of a function:
// of "pkg.(*Type).Method" one for each list of type arguments that it was compiled
// for, "pkg.(*Type[go.shape.int]).Method"; the name itself when it is not generic;
// none when the executable lacks it.
func (p *Program) Instances(name string) []string {
	var names, shapes []string
	for _, s := range p.byBase[WithoutTypeArguments(name)] {
		if strings.Contains(s.Name, "[go.shape.") || strings.Contains(s.Name, ",go.shape.") {
			shapes = append(shapes, s.Name)
		}
		names = append(names, s.Name)
	}
	slices.Sort(names)
	if shapes != nil { // the others only pass on the types to these
		slices.Sort(shapes)
		return shapes
	}
	return names
}

// Implementations lists the types whose values the program converts to a named
// interface type, without type arguments: "main.voice" for "*main.voice". Types of the
// standard library are not among them, nor those that only a type assertion converts.
func (p *Program) Implementations(iface string) []string {
	if p.implementations == nil {
		p.implementations = map[string][]string{}
		for _, t := range p.binary.Itabs() {
			concrete := WithoutTypeArguments(strings.TrimPrefix(t.Type, "*"))
			if pkg := PackageOf(concrete); pkg == "" || standard(pkg) {
				continue
			}
			name := unescape(WithoutTypeArguments(t.Interface))
			p.implementations[name] = append(p.implementations[name], concrete)
		}
		for name, list := range p.implementations {
			slices.Sort(list)
			p.implementations[name] = slices.Compact(list)
		}
	}
	return p.implementations[iface]
}

// ErrStripped: the executable has no symbol table, so that the instances of generic
// functions cannot be told apart.
var ErrStripped = errors.New("binary: the executable has no symbol table; build it without -ldflags=-s")

// Check reports whether an executable that others have built can speak for sources: it
// has a symbol table, and none of the files that have the names of its own is newer. It
// returns the path of the package main.
func Check(path string, sources []string) (main string, err error) {
	p, err := Load(path)
	if err != nil {
		return "", err
	}
	if p.binary.Stripped() {
		return "", fmt.Errorf("%w: %s", ErrStripped, path)
	}
	own := map[string]bool{}
	for i := range p.binary.Symbols() {
		own[filepath.Base(p.binary.File(&p.binary.Symbols()[i]))] = true
	}
	for _, source := range sources {
		if !own[filepath.Base(source)] {
			continue
		}
		info, err := os.Stat(source)
		if err != nil {
			return "", fmt.Errorf("binary: %w", err)
		}
		if info.ModTime().After(p.modified) {
			return "", fmt.Errorf("binary: %s is older than %s: build it again", path, source)
		}
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("binary: %s: %w", path, err)
	}
	return info.Path, nil
}

// WithoutTypeArguments returns the name of a function without the type arguments of
// its instance.
func WithoutTypeArguments(name string) string {
	if !strings.Contains(name, "[") {
		return name
	}
	var b strings.Builder
	depth := 0
	for _, c := range name {
		switch {
		case c == '[':
			depth++
		case c == ']' && depth > 0:
			depth--
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// PackageOf is the path of the package that a function of that name belongs to, ""
// for functions that the compiler made.
func PackageOf(name string) string {
	if strings.HasPrefix(name, "type:") || strings.HasPrefix(name, "go:") {
		return ""
	}
	end := len(name)
	if i := strings.IndexAny(name, "[("); i >= 0 {
		end = i
	}
	slash := strings.LastIndexByte(name[:end], '/') + 1
	dot := strings.IndexByte(name[slash:end], '.')
	if dot < 0 {
		return ""
	}
	return unescape(name[:slash+dot])
}

// closure reports whether a name is that of a function literal.
func closure(name string) bool {
	return strings.Contains(name, ".func") || strings.Contains(name, "-range")
}

// writtenIn is the package that the source of a function is in. It differs from
// PackageOf for a literal of a function that is inlined in another package: that one
// has the name of the function that it is inlined in.
func (p *Program) writtenIn(name, file string) string {
	pkg := PackageOf(name)
	if !closure(name) {
		return pkg
	}
	if p.folders == nil {
		p.folders = map[string]string{}
		for _, s := range p.binary.Symbols() {
			if at := PackageOf(s.Name); at != "" && !s.Assembly && !closure(s.Name) {
				// Functions of the runtime may have the names of other packages.
				if dir := filepath.Dir(p.binary.File(&s)); p.folders[dir] == "" || path.Base(at) == path.Base(dir) {
					p.folders[dir] = at
				}
			}
		}
	}
	dir := filepath.Dir(file)
	if at, ok := p.folders[dir]; ok {
		return at
	}
	// A package all of whose functions are inlined: one of the standard library or of
	// another module, by its folder.
	if s, ok := p.binary.Lookup("runtime.main"); ok {
		root := strings.TrimSuffix(filepath.Dir(p.binary.File(s)), "runtime")
		if at, ok := strings.CutPrefix(dir, root); ok && standard(at) {
			return at
		}
	}
	if module, _, ok := strings.Cut(dir, "@"); ok {
		return module
	}
	return pkg
}

// unescape undoes the linker's way of writing dots in the last element of a path.
func unescape(path string) string { return strings.ReplaceAll(path, "%2e", ".") }
