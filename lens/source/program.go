package source

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/callgraph"
	"golang.org/x/tools/go/callgraph/vta"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"

	"github.com/memkit-go/memkit/internal/fieldtext"
	"github.com/memkit-go/memkit/lens/report"
)

// Config says what to load. The zero value loads the package of the working
// directory.
type Config struct {
	// Dir is where the go command runs, and what positions are relative to; "" is the
	// working directory.
	Dir string
	// Patterns of packages, as for go build; none means ".".
	Patterns []string
	// BuildFlags for the go command, such as -tags=portaudio.
	BuildFlags []string
	// Env of the go command; nil is that of the process.
	Env []string
	// Overlay gives the content of files by path.
	Overlay map[string][]byte
	// PanicPaths: code that only runs before a panic counts too.
	PanicPaths bool
	// Phase is told of each phase of the work when it begins; nil is told of none.
	Phase func(name string)
}

// String lists the fields that are set.
func (c Config) String() string { return fieldtext.Of(c, "the package of the working directory") }

// Program is a program in SSA form, with all packages that it imports.
type Program struct {
	judge    *judge
	phase    func(name string)
	own      []*packages.Package
	checked  []*ssa.Function
	packages []*packages.Package
	// first are the paths of first-party packages.
	first map[string]bool
	// loaded are those of all packages.
	loaded map[string]bool
	// Errors are the faults of the code: packages with errors are not analysed.
	Errors []report.Error
}

// Load loads packages and everything that they import. It fails when nothing can be
// loaded; faults of single packages are in Program.Errors.
func Load(ctx context.Context, c Config) (*Program, error) {
	if len(c.Patterns) == 0 {
		c.Patterns = []string{"."}
	}
	if c.Phase == nil {
		c.Phase = func(string) {}
	}
	c.Phase("load")
	fset := token.NewFileSet()
	pkgs, err := packages.Load(&packages.Config{
		Context: ctx, Dir: c.Dir, Env: c.Env, BuildFlags: c.BuildFlags, Overlay: c.Overlay, Fset: fset, ParseFile: parseFile,
		Mode: packages.LoadAllSyntax | packages.NeedModule | packages.NeedEmbedFiles,
	}, c.Patterns...)
	if err != nil {
		return nil, fmt.Errorf("source: load %s: %w", strings.Join(c.Patterns, " "), err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(pkgs) == 0 {
		return nil, fmt.Errorf("source: no package matches %s", strings.Join(c.Patterns, " "))
	}
	j, err := newJudge(fset)
	if err != nil {
		return nil, err
	}
	j.panicPaths = c.PanicPaths
	if j.directory, err = filepath.Abs(c.Dir); err != nil {
		return nil, err
	}
	p := &Program{judge: j, own: pkgs, phase: c.Phase}
	if !p.sound() {
		return p, nil
	}
	p.build()
	return p, ctx.Err()
}

// parseFile parses a file. The type checker resolves its names.
func parseFile(fset *token.FileSet, name string, source []byte) (*ast.File, error) {
	return parser.ParseFile(fset, name, source, parser.AllErrors|parser.ParseComments|parser.SkipObjectResolution)
}

// sound collects the faults of packages, and reports whether there is none.
func (p *Program) sound() bool {
	seen := map[string]bool{}
	packages.Visit(p.own, nil, func(pkg *packages.Package) {
		p.packages = append(p.packages, pkg)
		for _, e := range pkg.Errors {
			pos := strings.TrimSuffix(e.Pos, ":-")
			if pos == "-" {
				pos = ""
			}
			if text := pos + e.Msg; !seen[text] {
				seen[text] = true
				p.Errors = append(p.Errors, report.Error{Pos: p.relative(pos), Message: e.Msg})
			}
		}
		if pkg.Module != nil && pkg.Module.Error != nil && !seen[pkg.Module.Error.Err] {
			seen[pkg.Module.Error.Err] = true
			p.Errors = append(p.Errors, report.Error{Message: pkg.Module.Error.Err})
		}
	})
	return len(p.Errors) == 0
}

// relative is a position file:line:col relative to the program's directory.
func (p *Program) relative(pos string) string {
	if p.judge.directory == "" {
		return pos
	}
	return strings.TrimPrefix(pos, strings.TrimSuffix(p.judge.directory, "/")+"/")
}

// build makes the SSA form and the call graph.
func (p *Program) build() {
	p.phase("SSA form")
	j := p.judge
	prog, _ := ssautil.AllPackages(p.own, ssa.InstantiateGenerics)
	prog.SetNoReturn(noReturn)
	prog.Build()

	first := map[string]bool{}
	p.first = first
	checked := map[string]*packages.Package{}
	for _, pkg := range p.own {
		first[pkg.PkgPath], checked[pkg.PkgPath] = true, pkg
	}
	p.loaded = map[string]bool{}
	for _, pkg := range p.packages {
		p.loaded[pkg.PkgPath] = true
		if pkg.Module != nil && pkg.Module.Main {
			first[pkg.PkgPath] = true
		}
		j.annotations.add(pkg.Types, pkg.Syntax, pkg.TypesInfo, checked[pkg.PkgPath] != nil)
	}
	j.moved = p.movedFiles()
	j.own = func(fn *ssa.Function) bool { return first[pathOf(fn)] }

	all := ssautil.AllFunctions(prog)
	declared := p.declared(prog, all)
	// The graph takes as long as the SSA form, and many programs need none.
	graph := sync.OnceValue(func() *callgraph.Graph {
		p.phase("call graph")
		defer p.phase("contracts")
		set := maps.Clone(all)
		for _, fn := range declared {
			if !isOpenGeneric(fn) {
				set[fn] = true
			}
		}
		return vta.CallGraph(set, nil)
	})
	j.targets = func(site ssa.CallInstruction) []*ssa.Function {
		node := graph().Nodes[site.Parent()]
		if node == nil {
			return nil
		}
		var list []*ssa.Function
		for _, e := range node.Out {
			if e.Site == site && !slices.Contains(list, e.Callee.Func) {
				list = append(list, e.Callee.Func)
			}
		}
		slices.SortFunc(list, func(a, b *ssa.Function) int { return strings.Compare(a.String(), b.String()) })
		return list
	}
	j.callers = func(fn *ssa.Function) (list []ssa.CallInstruction) {
		if node := graph().Nodes[fn]; node != nil {
			for _, e := range node.In {
				list = append(list, e.Site)
			}
		}
		return list
	}
	j.written = sync.OnceValue(func() *assigned { return assignedBy(all, declared) })
	byPackage := map[*ssa.Package][]*ssa.Function{}
	for fn := range all {
		byPackage[fn.Pkg] = append(byPackage[fn.Pkg], fn)
		if pkg := checked[pathOf(fn)]; pkg != nil {
			p.checked = append(p.checked, fn)
		}
	}
	j.functionsOf = func(pkg *ssa.Package) []*ssa.Function { return byPackage[pkg] }
	p.checked = append(p.checked, declared...)
	slices.SortFunc(p.checked, func(a, b *ssa.Function) int {
		if a.Pos() != b.Pos() {
			return int(a.Pos()) - int(b.Pos())
		}
		return strings.Compare(a.String(), b.String())
	})
}

// movedFiles finds the files that cgo names by the folder of an earlier build: with
// -trimpath the build cache serves several copies of a module.
func (p *Program) movedFiles() map[string]string {
	moved := map[string]string{}
	for _, pkg := range p.packages {
		originals := map[string]string{}
		for _, f := range pkg.GoFiles {
			originals[filepath.Base(f)] = f
		}
		for _, f := range pkg.Syntax {
			name := p.judge.fset.Position(f.Name.Pos()).Filename
			if original, ok := originals[filepath.Base(name)]; ok && original != name {
				moved[name] = original
			}
		}
	}
	return moved
}

// declared lists the functions that nothing in the program refers to, generic ones
// included.
func (p *Program) declared(prog *ssa.Program, all map[*ssa.Function]bool) (list []*ssa.Function) {
	for _, pkg := range p.own {
		s := prog.Package(pkg.Types)
		if s == nil {
			continue
		}
		for _, fn := range functionsIn(prog, s, pkg.Syntax, pkg.TypesInfo) {
			if !all[fn] {
				list = append(list, fn)
			}
		}
	}
	return list
}

// isOpenGeneric reports whether fn, or a function around it, has type parameters
// without arguments.
func isOpenGeneric(fn *ssa.Function) bool {
	for ; fn != nil; fn = fn.Parent() {
		if fn.TypeParams().Len() > len(fn.TypeArgs()) {
			return true
		}
	}
	return false
}

// noReturn names functions of the standard library that do not return.
func noReturn(fn *types.Func) bool {
	switch fn.FullName() {
	case "os.Exit", "runtime.Goexit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln":
		return true
	}
	return false
}

// ErrUnsound: the program has errors and was not analysed.
var ErrUnsound = errors.New("source: the code has errors and was not analysed")

// Check follows every contract of the packages that the patterns match.
func (p *Program) Check() (*Result, error) {
	if len(p.Errors) > 0 {
		return nil, ErrUnsound
	}
	p.phase("contracts")
	w := p.judge.run(p.checked)
	r := p.judge.result(w.all())
	r.walker, r.functions = w, p.checked
	return r, nil
}

// Packages are those that the patterns match, with their syntax and types.
func (p *Program) Packages() []*packages.Package { return p.own }

// FirstParty lists the paths of the packages whose functions findings are placed in:
// those that the patterns match, and the others of the main module.
func (p *Program) FirstParty() (list []string) {
	for _, pkg := range p.packages {
		if p.first[pkg.PkgPath] {
			list = append(list, pkg.PkgPath)
		}
	}
	return list
}

// FirstPartyDirs lists the directories of these packages.
func (p *Program) FirstPartyDirs() (list []string) {
	for _, pkg := range p.packages {
		if p.first[pkg.PkgPath] {
			list = append(list, pkg.Dir)
		}
	}
	return list
}

// Files lists the source files of first-party packages.
func (p *Program) Files() (list []string) {
	for _, pkg := range p.packages {
		if p.first[pkg.PkgPath] {
			list = append(list, pkg.GoFiles...)
		}
	}
	return list
}

// Lines counts the lines of the program's source, dependencies included.
func (p *Program) Lines() (n int) {
	for _, pkg := range p.packages {
		for _, f := range pkg.Syntax {
			n += p.judge.fset.File(f.Pos()).LineCount()
		}
	}
	return n
}
