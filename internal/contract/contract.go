package contract

import (
	"errors"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

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

func parse(doc *ast.CommentGroup) (directives []Directive, faults error) {
	promises := false
	for _, c := range doc.List {
		d, ok, err := Parse(c.Text)
		faults = errors.Join(faults, err)
		if ok {
			directives = append(directives, d)
		}
		promises = promises || ok && (d.Name == NonBlocking || d.Name == NonAllocating || d.Name == Bound)
	}
	if promises && !line.MatchString(unwrapped(doc)) {
		faults = errors.Join(faults, errNoLine)
	}
	return directives, faults
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
