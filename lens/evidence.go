package lens

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/lens/binary"
	"github.com/memkit-go/memkit/lens/escape"
	"github.com/memkit-go/memkit/lens/link"
	"github.com/memkit-go/memkit/lens/report"
	"github.com/memkit-go/memkit/lens/source"
)

// evidence is what compiler and linker made of a program.
type evidence struct {
	config  Config
	dir     string
	result  *source.Result
	built   *link.Built
	escapes *escape.Evidence
	judges  []*binary.Judge
	images  []*binary.Program
	// mains are the paths of the images' packages main.
	mains []string

	// dirs have the source of first-party packages.
	dirs map[string]bool
	// current is the function that is being judged, without type arguments.
	current string
	// effects of the functions that were judged, by the linker's names.
	effects map[string][]binary.Effect
	// lines with effects of any function with a contract, by code.
	lines map[place]bool
}

// place is a line with an effect.
type place struct {
	file string
	line int
	code string
}

// gather builds the executables of the packages and judges each function that has a
// contract.
func gather(ctx context.Context, c Config, program *source.Program, result *source.Result) (*evidence, []report.Error, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, nil, err
	}
	e := &evidence{config: c, dir: dir, result: result, effects: map[string][]binary.Effect{}, lines: map[place]bool{}, dirs: map[string]bool{}}
	built := link.Config{Dir: c.Dir, Patterns: c.Patterns, BuildFlags: c.BuildFlags, Env: c.Env, Phase: c.Timings.begin}
	for _, p := range program.Packages() {
		built.Packages = append(built.Packages, link.Package{Types: p.Types, Info: p.TypesInfo, Files: p.Syntax, Dir: p.Dir})
	}
	roots := result.Roots()
	for _, r := range roots {
		if r.Declared != nil && !r.Trusted {
			built.Keep = append(built.Keep, r.Declared)
		}
	}
	e.built, err = link.Build(ctx, built)
	if err != nil {
		return nil, nil, err
	}
	if len(e.built.Faults) > 0 {
		var faults []report.Error
		for _, f := range e.built.Faults {
			faults = append(faults, report.Error{Pos: f.Pos, Message: f.Message})
		}
		return e, faults, nil
	}
	c.Timings.begin("executables")
	e.escapes = escape.Parse(e.built.Text, e.built.File)
	first := map[string]bool{}
	for _, p := range program.FirstParty() {
		first[p] = true
	}
	for _, d := range program.FirstPartyDirs() {
		e.dirs[d] = true
	}
	load := func(path, main string) error {
		image, err := binary.Load(path)
		if err != nil {
			return err
		}
		e.images = append(e.images, image)
		e.mains = append(e.mains, main)
		e.judges = append(e.judges, &binary.Judge{
			Program:    image,
			FirstParty: func(pkg string) bool { return first[strings.ReplaceAll(pkg, "%2e", ".")] || pkg == "main" },
			Holds:      e.holds,
			Panics:     c.PanicPaths,
			File:       e.built.File,
		})
		return nil
	}
	for _, x := range e.built.Executables {
		if err := load(x.Path, x.Package); err != nil {
			return e, nil, err
		}
	}
	for _, path := range c.Executables {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		main, err := binary.Check(path, program.Files())
		if err != nil {
			return e, nil, err
		}
		if err := load(path, main); err != nil {
			return e, nil, err
		}
	}
	return e, append(e.judge(roots), e.unknownTypes(program)...), nil
}

// unknownTypes reports calls of methods through interfaces whose values can be of types
// that the source does not have: an executable that others have built has packages
// that are not under check.
func (e *evidence) unknownTypes(program *source.Program) (faults []report.Error) {
	for _, d := range e.result.Dispatches() {
		for i, image := range e.images {
			for _, name := range image.Implementations(d.Interface) {
				path := binary.PackageOf(name)
				if path == "main" {
					path = e.mains[i]
				}
				if program.Loaded(path) {
					continue
				}
				faults = append(faults, report.Error{Pos: d.Pos, Message: fmt.Sprintf(
					"the call of %s.%s may be one of %s, which is in the executable and not in the source; check package %s as well",
					d.Interface, d.Method, name, path)})
			}
		}
	}
	return faults
}

// close removes the executables.
func (e *evidence) close() error {
	if e.built == nil {
		return nil
	}
	return e.built.Close()
}

// judge finds the effects of each root, and reports those that no executable has.
func (e *evidence) judge(roots []source.Root) (faults []report.Error) {
	skipped := map[string]string{}
	for _, s := range e.built.Skipped {
		skipped[link.Symbol(s.Func)] = s.Reason
	}
	for _, r := range roots {
		if r.Trusted || r.Declared == nil {
			continue
		}
		symbol := symbolOf(r.Function)
		effects, err := e.of(r.Function)
		switch {
		case err == nil:
			for _, effect := range effects {
				file, line := e.position(e.firstParty(effect))
				e.lines[place{file, line, effect.Code}] = true
			}
		case len(r.Literals) > 0:
			// The compiler numbers literals as it meets them; the source decides.
		case errors.Is(err, binary.ErrNoFunction):
			reason := skipped[symbol]
			if reason == "" {
				reason = "no executable has it"
			}
			faults = append(faults, report.Error{Pos: r.Pos, Message: r.Name + " has a contract and could not be judged: " + reason})
		default:
			faults = append(faults, report.Error{Pos: r.Pos, Message: r.Name + ": " + err.Error()})
		}
	}
	return faults
}

// holds reports whether a function need not be looked into for a code. The one that is
// being judged must be: its instances are inlined in functions of the same name.
func (e *evidence) holds(function, code string) bool {
	return function != e.current && e.result.Holds(function, code)
}

// of returns the effects of each instance of a function, in each executable.
func (e *evidence) of(f source.Function) ([]binary.Effect, error) {
	symbol := symbolOf(f)
	main := ""
	if strings.HasPrefix(symbol, "main.") {
		main = f.Declared.Pkg().Path()
	}
	key := main + " " + symbol
	if list, ok := e.effects[key]; ok {
		if list == nil {
			return nil, binary.ErrNoFunction
		}
		return list, nil
	}
	e.current = symbol
	list := []binary.Effect{}
	found := false
	for i, image := range e.images {
		if main != "" && e.mains[i] != main {
			continue // a package main of another program
		}
		for _, name := range image.Instances(symbol) {
			if len(f.Literals) > 0 && !e.isLiteral(image, name, f) {
				continue
			}
			effects, err := e.judges[i].Effects(name)
			if errors.Is(err, binary.ErrNoFunction) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found = true
			list = append(list, effects...)
		}
	}
	if !found {
		e.effects[key] = nil
		return nil, binary.ErrNoFunction
	}
	e.effects[key] = list
	return list, nil
}

// firstParty is the innermost place of an effect in first-party code. The compiler
// names a literal of other code that it inlines after the function around it, so that
// the name alone does not tell.
func (e *evidence) firstParty(effect binary.Effect) string {
	if e.isFirstParty(effect.Pos) {
		return effect.Pos
	}
	for _, step := range slices.Backward(effect.Chain) {
		if e.isFirstParty(step.Pos) {
			return step.Pos
		}
	}
	return effect.Pos
}

func (e *evidence) isFirstParty(pos string) bool {
	file, _ := e.position(pos)
	return e.dirs[filepath.Dir(file)]
}

// isLiteral reports whether a function of the executable is the literal that it is
// taken for: the compiler numbers literals as it meets them, which is not always the
// order of the source.
func (e *evidence) isLiteral(image *binary.Program, name string, f source.Function) bool {
	fn, ok := image.Func(name)
	if !ok || len(fn.Calls) == 0 {
		return false
	}
	at := report.ParsePos(fn.Calls[0].Steps[0].Pos)
	return e.built.File(at.File) == f.File && f.First <= at.Line && at.Line <= f.Last
}

// position takes file:line apart; the file is an absolute path.
func (e *evidence) position(pos string) (file string, line int) {
	p := report.ParsePos(pos)
	if p.File != "" && !filepath.IsAbs(p.File) {
		p.File = filepath.Join(e.dir, p.File)
	}
	return p.File, p.Line
}

// symbolOf is the name by which the linker knows a function of the source.
func symbolOf(f source.Function) string {
	if f.Declared == nil {
		return ""
	}
	symbol := link.Symbol(f.Declared)
	for i, n := range f.Literals {
		if i == 0 {
			symbol += fmt.Sprintf(".func%d", n)
		} else {
			symbol += fmt.Sprintf(".%d", n)
		}
	}
	return symbol
}

// confirm reports whether a finding stands. The executable decides on allocations:
// where it has the function that a finding is in, or one that this is inlined in, and
// has no allocation on the line, there is none.
func (e *evidence) confirm(f *report.Finding, path []source.Function) bool {
	file, line := e.position(f.Pos)
	if f.Code == binary.Allocation && e.escapes.Heap(file, line) {
		f.Evidence = append(f.Evidence, report.Compiler)
	}
	here := place{file, line, f.Code}
	if e.lines[here] {
		f.Evidence = append(f.Evidence, report.Binary)
		return true
	}
	if f.Code != binary.Allocation {
		return true
	}
	inner := false   // it is in a literal that the executable does not name
	missing := false // it is in a function that the executable does not have
	for _, function := range slices.Backward(path) {
		effects, err := e.of(function)
		if err != nil {
			inner = inner || function.Declared == nil || len(function.Literals) > 0
			missing = true
			continue
		}
		other := false
		for _, effect := range effects {
			if file, line := e.position(e.firstParty(effect)); (place{file, line, f.Code}) != here || effect.Code == binary.Panic {
				continue
			}
			if effect.Code == f.Code {
				f.Evidence = append(f.Evidence, report.Binary)
				return true
			}
			other = true
		}
		if other {
			return true // one effect of a call stands for all of them
		}
		// A literal, or a function that nothing else refers to, may be behind a call that
		// the executable does not resolve.
		return slices.ContainsFunc(effects, func(x binary.Effect) bool {
			return x.Code == binary.Unknown && (inner || missing && e.leads(f, x))
		})
	}
	return true
}

// decisive reports whether an effect that only the executable shows breaks a contract
// that forbids codes. The source knows more of dynamic calls and of recursion, whose
// targets the executable has as addresses only; panics and brief locks are hints.
func decisive(e binary.Effect, codes []string) bool {
	code := e.Code
	switch {
	case e.Code == binary.Unknown, e.Code == binary.Recursion, e.Code == binary.Panic, e.Brief:
		return false
	case e.Code == binary.Map && e.Iterates:
		code = binary.Blocking // it takes long
	case e.Code == binary.Map:
		code = binary.Allocation
	}
	return slices.Contains(codes, code)
}

// leads reports whether an effect is on the line of one of the calls that lead to a
// finding.
func (e *evidence) leads(f *report.Finding, effect binary.Effect) bool {
	file, line := e.position(e.firstParty(effect))
	return slices.ContainsFunc(f.Chain, func(s report.Step) bool {
		at, number := e.position(s.Pos)
		return at == file && number == line
	})
}

// additions are the effects that the source does not show, such as calls that the
// compiler inserts: each on a line where it has neither a finding nor an allowance.
func (e *evidence) additions(r *report.Report) {
	covered := map[place]bool{}
	for _, list := range [][]report.Finding{r.Findings, r.Hints, r.Allowed} {
		for _, f := range list {
			file, line := e.position(f.Pos)
			covered[place{file: file, line: line}] = true
			for _, step := range f.Chain {
				file, line := e.position(step.Pos)
				covered[place{file: file, line: line}] = true
			}
		}
	}
	for _, root := range e.result.Roots() {
		effects, err := e.of(root.Function)
		if root.Trusted || err != nil {
			continue
		}
		for _, effect := range effects {
			if !decisive(effect, root.Codes) {
				continue
			}
			file, line := e.position(e.firstParty(effect))
			if key := (place{file: file, line: line}); covered[key] {
				continue
			} else {
				covered[key] = true
			}
			e.add(r, root, effect)
		}
	}
}

// add makes a finding, or an allowed one, of an effect.
func (e *evidence) add(r *report.Report, root source.Root, effect binary.Effect) {
	message := effect.What
	if effect.Callee != "" {
		message = effect.Callee + " " + effect.What
	}
	f := report.Finding{
		Code: effect.Code, Severity: report.SeverityError, Pos: e.relative(e.firstParty(effect)), Func: root.Name,
		Message: message, Evidence: []string{report.Binary},
	}
	if c, ok := report.Explain(effect.Code); ok {
		f.Severity = c.Severity
	}
	for _, step := range effect.Chain {
		f.Chain = append(f.Chain, report.Step{Func: step.Func, Pos: e.relative(step.Pos)})
	}
	places := []string{effect.Pos}
	for _, step := range slices.Backward(effect.Chain) {
		places = append(places, step.Pos)
	}
	for _, pos := range places {
		file, line := e.position(pos)
		if reason, ok := e.result.Exempt(file, line, effect.Code); ok {
			f.Reason = reason
			r.Allowed = append(r.Allowed, f)
			return
		}
	}
	r.Findings = append(r.Findings, f)
}

// relative is a position relative to the directory of the check.
func (e *evidence) relative(pos string) string {
	if rel, err := filepath.Rel(e.dir, pos); err == nil && filepath.IsAbs(pos) && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return pos
}
