package contract

import (
	"errors"
	"go/ast"
	"go/token"
	"slices"
)

// Placed is a directive and its comment.
type Placed struct {
	Directive
	Pos, End token.Pos
}

// Problem is a comment that is meant as a directive and is none.
type Problem struct {
	Pos, End token.Pos
	// Message names the fault and the remedy.
	Message string
	// Correct is the comment to write instead; "" where it is not known.
	Correct string
}

// Annotations are the directives of a file.
type Annotations struct {
	// Of lists the directives of a declaration: an *ast.FuncDecl, an *ast.FuncLit
	// that begins on the line below its directives, the *ast.Field of an
	// interface's method, or the *ast.TypeSpec of a func type.
	Of map[ast.Node][]Placed
	// Lines are the [Allow] and [Bound] directives inside functions. Each applies to
	// its own line, or to the line below when it stands alone on its line.
	Lines []LineDirective
	// Problems are the spellings that come near to a directive, and the directives
	// where none has an effect.
	Problems []Problem
}

// LineDirective is a directive inside a function.
type LineDirective struct {
	Placed
	// Line that it applies to.
	Line int
}

// Read finds the directives of a file, which must have been parsed with comments.
func Read(fset *token.FileSet, file *ast.File) *Annotations {
	a := &Annotations{Of: map[ast.Node][]Placed{}}
	if !possible(file) {
		return a
	}
	r := reader{a, fset, map[*ast.Comment]bool{}}
	var bodies []*ast.BlockStmt
	literals := map[int]*ast.FuncLit{}
	code := map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.CommentGroup:
			return false
		case *ast.FuncDecl:
			r.declaration(n, n.Doc, names)
			if n.Body != nil {
				bodies = append(bodies, n.Body)
			}
		case *ast.GenDecl:
			// The comment of "type F func()" belongs to the whole declaration.
			if spec, ok := single(n); ok && isFunc(spec.Type) {
				r.declaration(spec, n.Doc, promises)
			}
		case *ast.TypeSpec:
			if isFunc(n.Type) {
				r.declaration(n, n.Doc, promises)
			}
		case *ast.InterfaceType:
			for _, method := range n.Methods.List {
				if len(method.Names) == 1 {
					r.declaration(method, method.Doc, promises)
				}
			}
		case *ast.FuncLit:
			bodies = append(bodies, n.Body)
			if line := fset.PositionFor(n.Pos(), false).Line; literals[line] == nil {
				literals[line] = n
			}
		}
		if n != nil && n != file {
			code[fset.PositionFor(n.Pos(), false).Line] = true
		}
		return true
	})
	for _, group := range file.Comments {
		for _, c := range group.List {
			if r.seen[c] {
				continue
			}
			d, ok := r.parse(c)
			if !ok {
				continue
			}
			line := fset.PositionFor(c.Pos(), false).Line
			if !code[line] {
				line = fset.PositionFor(group.End(), false).Line + 1
			}
			a.place(d, c, line, within(bodies, c.Pos()), literals[line])
		}
	}
	return a
}

// possible reports whether a comment of the file can be a directive, or comes near to
// one: most files of a program have none.
func possible(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if suspicious(c.Text) {
				return true
			}
		}
	}
	return false
}

// place records a directive that belongs to no declaration: it acts on a line inside a
// function, on the function literal of that line, or on nothing.
func (a *Annotations) place(d Placed, c *ast.Comment, line int, inside bool, literal *ast.FuncLit) {
	switch {
	case inside && (d.Name == Allow || d.Name == Bound):
		a.Lines = append(a.Lines, LineDirective{d, line})
	case literal != nil:
		a.Of[literal] = append(a.Of[literal], d)
	default:
		a.Problems = append(a.Problems, Problem{c.Pos(), c.End(),
			"the directive " + d.String() + " has no effect here; write it directly above a function, a method of an interface or a func type", ""})
	}
}

// promises are the directives that a type can carry.
var promises = []string{NonBlocking, NonAllocating}

type reader struct {
	*Annotations
	fset *token.FileSet
	seen map[*ast.Comment]bool
}

// declaration reads the directives in the doc comment of node.
func (r *reader) declaration(node ast.Node, doc *ast.CommentGroup, permitted []string) {
	if doc == nil {
		return
	}
	for _, c := range doc.List {
		if r.seen[c] {
			continue
		}
		d, ok := r.parse(c)
		if !ok {
			continue
		}
		if slices.Contains(permitted, d.Name) {
			r.Of[node] = append(r.Of[node], d)
			continue
		}
		r.Problems = append(r.Problems, Problem{c.Pos(), c.End(),
			"the directive " + d.String() + " has no effect on a type; write it above a function", ""})
	}
}

// parse reads one comment and keeps its fault.
func (r *reader) parse(c *ast.Comment) (Placed, bool) {
	r.seen[c] = true
	d, ok, err := Parse(c.Text)
	var spelling *SpellingError
	if errors.As(err, &spelling) {
		r.Problems = append(r.Problems, Problem{c.Pos(), c.End(), spelling.Error(), spelling.Correct})
	}
	return Placed{d, c.Pos(), c.End()}, ok
}

func single(n *ast.GenDecl) (*ast.TypeSpec, bool) {
	if n.Tok != token.TYPE || len(n.Specs) != 1 {
		return nil, false
	}
	spec, ok := n.Specs[0].(*ast.TypeSpec)
	return spec, ok
}

func isFunc(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.FuncType)
	return ok
}

func within(bodies []*ast.BlockStmt, pos token.Pos) bool {
	for _, b := range bodies {
		if b.Pos() < pos && pos < b.End() {
			return true
		}
	}
	return false
}
