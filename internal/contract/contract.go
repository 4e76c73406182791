package contract

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

// The directives, without their "//rt:" prefix.
const (
	// NonBlocking: never waits, whatever other threads do.
	NonBlocking = "nonblocking"
	// NonAllocating: never allocates on the Go heap.
	NonAllocating = "nonallocating"
	// Bound: its loop is bounded; the directive's text gives the bound.
	Bound = "bound"
)

const prefix = "//rt:"

// line is the contract line: four fields in fixed order, each ended by a full
// stop. It may follow prose and wrap over comment lines.
var line = regexp.MustCompile(`\bCost: .+\. Allocates: .+\. Blocks: .+\. Caller: .+\.`)

// Function is a function that carries at least one directive.
type Function struct {
	// Name with its receiver type, "Heap.Alloc".
	Name       string
	Pos        token.Position
	Directives []Directive
	// Err is the contract's fault; nil when it is complete.
	Err error
}

// Directive is one //rt: line.
type Directive struct {
	Name string
	// Text after the name: the bound of [Bound].
	Text string
}

var errNoLine = errors.New(`no contract line; add "Cost: O(1). Allocates: no. Blocks: no. Caller: owner." to the doc comment`)

// Functions lists the functions of a file that carry directives, in file order.
// The file must have been parsed with comments.
func Functions(fset *token.FileSet, file *ast.File) []Function {
	var found []Function
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Doc == nil {
			continue
		}
		directives, err := parse(fn.Doc)
		if len(directives) == 0 && err == nil {
			continue
		}
		found = append(found, Function{
			Name:       name(fn),
			Pos:        fset.Position(fn.Pos()),
			Directives: directives,
			Err:        err,
		})
	}
	return found
}

func parse(doc *ast.CommentGroup) (directives []Directive, err error) {
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "// rt:") {
			err = errors.Join(err, fmt.Errorf("%q has a space and is no directive; write %q", c.Text, prefix+c.Text[len("// rt:"):]))
			continue
		}
		rest, ok := strings.CutPrefix(c.Text, prefix)
		if !ok {
			continue
		}
		d := Directive{Name: rest}
		d.Name, d.Text, _ = strings.Cut(rest, " ")
		err = errors.Join(err, d.check())
		directives = append(directives, d)
	}
	if len(directives) > 0 && !line.MatchString(unwrapped(doc)) {
		err = errors.Join(err, errNoLine)
	}
	return directives, err
}

func (d Directive) check() error {
	switch d.Name {
	case NonBlocking, NonAllocating:
		return nil
	case Bound:
		if strings.TrimSpace(d.Text) == "" {
			return fmt.Errorf("%s%s without its bound; write what limits the loop", prefix, Bound)
		}
		return nil
	}
	return fmt.Errorf("unknown directive %s%s; known: %s, %s, %s", prefix, d.Name, NonBlocking, NonAllocating, Bound)
}

// unwrapped is the doc text with each paragraph on one line, so that a wrapped
// contract line still matches.
func unwrapped(doc *ast.CommentGroup) string {
	paragraphs := strings.Split(doc.Text(), "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(paragraphs, "\n")
}

func name(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	typ := fn.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name + "." + fn.Name.Name
		default:
			return fn.Name.Name
		}
	}
}
