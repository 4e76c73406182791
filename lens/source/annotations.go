package source

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/memkit-go/memkit/internal/contract"
)

// annotations are the directives of packages whose source is at hand.
type annotations struct {
	fset    *token.FileSet
	objects map[types.Object]*promise
	// declarations are the functions of the packages that are checked.
	declarations map[types.Object]*ast.FuncDecl
	literals     map[token.Pos]*promise
	// lines are the directives inside functions.
	lines map[line]*lineNotes
	// problems are directives that are none.
	problems []contract.Problem
	// blanks are the blank variables that have a type and the type arguments, by package.
	blanks map[*types.Package][]blank
	// functions are the declarations and literals that carry exemptions, in order.
	exempt []*exempted
}

// line is a line of a file.
type line struct {
	file   string
	number int
}

type lineNotes struct {
	exemptions []*exemption
}

// exempted is a function with exemptions, or with a line that has one.
type exempted struct {
	node       ast.Node
	exemptions []*exemption
}

func newAnnotations(fset *token.FileSet) *annotations {
	return &annotations{
		fset: fset, objects: map[types.Object]*promise{}, declarations: map[types.Object]*ast.FuncDecl{},
		literals: map[token.Pos]*promise{}, lines: map[line]*lineNotes{}, blanks: map[*types.Package][]blank{},
	}
}

// add reads the directives of a package. Problems and stale exemptions are of
// interest in the packages that are checked only.
func (a *annotations) add(pkg *types.Package, files []*ast.File, info *types.Info, checked bool) {
	for _, file := range files {
		notes := contract.Read(a.fset, file)
		for node, directives := range notes.Of {
			p := newPromise(directives)
			if literal, ok := node.(*ast.FuncLit); ok {
				a.literals[literal.Pos()] = p
			} else if obj := info.Defs[nameNode(node)]; obj != nil {
				a.objects[obj] = p
			}
			if checked && len(p.exemptions) > 0 {
				a.exempt = append(a.exempt, &exempted{node, p.exemptions})
			}
		}
		if checked {
			a.blanks[pkg] = append(a.blanks[pkg], slices.Concat(blanksIn(file, info), argumentsIn(file, info))...)
			for _, d := range file.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					a.declarations[info.Defs[fn.Name]] = fn
				}
			}
		}
		name := a.fset.PositionFor(file.Pos(), false).Filename
		for _, d := range notes.Lines {
			key := line{name, d.Line}
			if a.lines[key] == nil {
				a.lines[key] = &lineNotes{}
			}
			if d.Name == contract.Bound {
				a.lines[key].exemptions = append(a.lines[key].exemptions, bounded(d.Placed))
				continue
			}
			e := &exemption{directive: d.Directive, pos: d.Pos, end: d.End, covers: withCode(d.Code), reason: d.Reason, line: d.Line}
			a.lines[key].exemptions = append(a.lines[key].exemptions, e)
			if checked {
				a.exempt = append(a.exempt, &exempted{enclosing(file, d.Pos), []*exemption{e}})
			}
		}
		if checked {
			a.problems = append(a.problems, notes.Problems...)
		}
	}
}

// nameNode is the identifier that a declaration defines.
func nameNode(n ast.Node) *ast.Ident {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return n.Name
	case *ast.TypeSpec:
		return n.Name
	case *ast.Field:
		return n.Names[0]
	}
	return nil
}

// enclosing is the declaration of a function around pos.
func enclosing(file *ast.File, pos token.Pos) ast.Node {
	for _, d := range file.Decls {
		if d.Pos() <= pos && pos < d.End() {
			return d
		}
	}
	return nil
}

// at returns the directives of the line of pos; nil for none.
func (a *annotations) at(pos token.Pos) *lineNotes {
	if len(a.lines) == 0 || !pos.IsValid() {
		return nil
	}
	p := a.fset.PositionFor(pos, false)
	return a.lines[line{p.Filename, p.Line}]
}
