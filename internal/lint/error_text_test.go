package lint

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// errorText is the constant part of an error's text, and where it is made.
type errorText struct {
	pkg, at string
	// where is the function, or the variable of a sentinel.
	where, text string
	sentinel    bool
}

// dynamic stands for text that is not constant.
const dynamic = "…"

// errorTexts are the texts of all errors that code makes which is not a test: by
// errors.New and fmt.Errorf, in Error methods, and in the fields of error types.
// A sentinel that is wrapped with %w stands with its own text. In order of package,
// place and text; each once.
func errorTexts(t *testing.T) []errorText {
	t.Helper()
	return collectTexts(sources(t))
}

func collectTexts(all []source) []errorText {
	r := newResolver(all)
	var texts []errorText
	for _, s := range all {
		if s.isTest() {
			continue
		}
		f := fileTexts{source: s, resolver: r}
		f.collect()
		texts = append(texts, f.texts...)
	}
	slices.SortStableFunc(texts, func(a, b errorText) int {
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.where, b.where), cmp.Compare(a.text, b.text))
	})
	return slices.CompactFunc(texts, func(a, b errorText) bool {
		return a.pkg == b.pkg && a.where == b.where && a.text == b.text
	})
}

// resolver knows the constant strings, the sentinels and the error types of all
// packages, by package path and name.
type resolver struct {
	constants  map[string]ast.Expr
	sentinels  map[string]sentinel
	errorTypes map[string]bool
}

type sentinel struct {
	in    source
	value ast.Expr
}

func newResolver(all []source) *resolver {
	r := &resolver{constants: map[string]ast.Expr{}, sentinels: map[string]sentinel{}, errorTypes: map[string]bool{}}
	for _, s := range all {
		if s.isTest() {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil && d.Name.Name == "Error" {
					r.errorTypes[s.pkg()+"."+receiver(d)] = true
				}
			case *ast.GenDecl:
				r.addValues(s, d)
			}
		}
	}
	return r
}

func (r *resolver) addValues(s source, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || len(v.Values) != len(v.Names) {
			continue
		}
		for i, name := range v.Names {
			if d.Tok == token.CONST {
				r.constants[s.pkg()+"."+name.Name] = v.Values[i]
			} else {
				r.sentinels[s.pkg()+"."+name.Name] = sentinel{s, v.Values[i]}
			}
		}
	}
}

func receiver(fn *ast.FuncDecl) string {
	typ := fn.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	switch generic := typ.(type) {
	case *ast.IndexExpr:
		typ = generic.X
	case *ast.IndexListExpr:
		typ = generic.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// fileTexts collects the error texts of one file.
type fileTexts struct {
	source
	*resolver
	texts []errorText
}

func (f *fileTexts) collect() {
	for _, decl := range f.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			where := d.Name.Name
			if d.Recv != nil {
				where = receiver(d) + "." + where
			}
			if d.Body == nil {
				continue
			}
			f.inspect(d.Body, where, false)
			if d.Recv != nil && d.Name.Name == "Error" {
				f.errorMethod(d.Body, where)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i, e := range v.Values {
					f.inspect(e, v.Names[min(i, len(v.Names)-1)].Name, true)
				}
			}
		}
	}
}

func (f *fileTexts) inspect(body ast.Node, where string, sentinel bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if text, ok := f.errorCall(n); ok {
				f.add(n, where, text, sentinel)
			}
		case *ast.CompositeLit:
			f.errorLiteral(n, where)
		}
		return true
	})
}

func (f *fileTexts) add(n ast.Node, where, text string, sentinel bool) {
	if strings.Trim(text, dynamic) != "" {
		f.texts = append(f.texts, errorText{pkg: f.pkg(), at: f.at(n), where: where, text: text, sentinel: sentinel})
	}
}

// errorCall is the text of an errors.New or fmt.Errorf.
func (f *fileTexts) errorCall(call *ast.CallExpr) (string, bool) {
	if len(call.Args) == 0 {
		return "", false
	}
	switch qualified(call.Fun) {
	case "errors.New":
		return f.text(call.Args[0]), true
	case "fmt.Errorf":
		return f.format(call.Args), true
	case "errkind.Errorf": // the first argument is the kind, which the text does not have
		return f.format(call.Args[1:]), true
	case "errkind.Wrapf": // the error and its package come before, the error's text behind
		return f.format(call.Args[2:]) + ": %w", true
	}
	return "", false
}

// errorMethod adds what an Error method returns.
func (f *fileTexts) errorMethod(body *ast.BlockStmt, where string) {
	ast.Inspect(body, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
			f.add(ret, where, f.text(ret.Results[0]), false)
		}
		return true
	})
}

// errorLiteral adds the constant fields of an error type's literal.
func (f *fileTexts) errorLiteral(lit *ast.CompositeLit, where string) {
	name := ""
	switch t := lit.Type.(type) {
	case *ast.Ident:
		name = f.pkg() + "." + t.Name
	case *ast.SelectorExpr:
		if x, ok := t.X.(*ast.Ident); ok {
			name = f.imported(x.Name) + "." + t.Sel.Name
		}
	}
	if !f.errorTypes[name] {
		return
	}
	var fields []string
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := kv.Key.(*ast.Ident)
		if text := f.text(kv.Value); ok && strings.Trim(text, dynamic) != "" {
			fields = append(fields, key.Name+": "+text)
		}
	}
	if len(fields) > 0 {
		f.add(lit, where, path.Base(name)+"{"+strings.Join(fields, ", ")+"}", false)
	}
}

// text is the constant part of a string expression.
func (f *fileTexts) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.ParenExpr:
		return f.text(e.X)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return strings.ReplaceAll(f.text(e.X)+f.text(e.Y), dynamic+dynamic, dynamic)
		}
	case *ast.Ident:
		if c, ok := f.constants[f.pkg()+"."+e.Name]; ok {
			return f.text(c)
		}
	case *ast.CallExpr:
		if qualified(e.Fun) == "fmt.Sprintf" && len(e.Args) > 0 {
			return f.format(e.Args)
		}
	}
	return dynamic
}

// format is the format that args begin with, in which sentinels stand for their %w.
func (f *fileTexts) format(args []ast.Expr) string {
	if len(args) == 0 {
		return dynamic
	}
	format := f.text(args[0])
	var b strings.Builder
	arg := 1
	for i := 0; i < len(format); i++ {
		b.WriteByte(format[i])
		if format[i] != '%' {
			continue
		}
		verb := i + 1
		for verb < len(format) && strings.IndexByte("+-# 0123456789.", format[verb]) >= 0 {
			verb++
		}
		if verb == len(format) {
			break
		}
		if format[verb] == '%' {
			b.WriteString(format[i+1 : verb+1])
			i = verb
			continue
		}
		text, ok := "", false
		if format[verb] == 'w' && arg < len(args) {
			text, ok = f.sentinelText(args[arg])
		}
		arg++
		if ok {
			s := b.String()
			b.Reset()
			b.WriteString(s[:len(s)-1] + text)
		} else {
			b.WriteString(format[i+1 : verb+1])
		}
		i = verb
	}
	return b.String()
}

// sentinelText is the text of a package-level error.
func (f *fileTexts) sentinelText(e ast.Expr) (string, bool) {
	name := ""
	switch e := e.(type) {
	case *ast.Ident:
		name = f.pkg() + "." + e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			if pkg := f.imported(x.Name); pkg != "" {
				name = pkg + "." + e.Sel.Name
			}
		}
	}
	s, ok := f.sentinels[name]
	if !ok {
		return "", false
	}
	in := fileTexts{source: s.in, resolver: f.resolver}
	if call, ok := s.value.(*ast.CallExpr); ok {
		return in.errorCall(call)
	}
	return in.sentinelText(s.value) // an alias
}

// imported is the module's package that a file refers to by name, or "".
func (f *fileTexts) imported(name string) string {
	for _, spec := range f.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		target, ours := strings.CutPrefix(p, module+"/")
		if ours && (spec.Name != nil && spec.Name.Name == name || spec.Name == nil && path.Base(target) == name) {
			return target
		}
	}
	return ""
}

// qualified is a call's function as package.Name, or "".
func qualified(fun ast.Expr) string {
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if x, ok := sel.X.(*ast.Ident); ok {
			return x.Name + "." + sel.Sel.Name
		}
	}
	return ""
}

func TestCollectTexts(t *testing.T) {
	fset := token.NewFileSet()
	parse := func(name, text string) source {
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		return source{path: name, file: file, fset: fset}
	}
	low := parse("low/low.go", `package low
import "errors"
var ErrFull = errors.New("low: " + why)
const why = "full"
type Error struct{ Op, Remedy string }
func (e *Error) Error() string { return "low: " + e.Op + ": " + e.Remedy }
`)
	high := parse("high/high.go", `package high
import ("errors"; "fmt"; "`+module+`/low")
var ErrFull = low.ErrFull
func F(n int, err error) error {
	if n > 3 { return &low.Error{Op: "push", Remedy: fmt.Sprintf("give %d", n)} }
	if n > 2 { return errors.New(err.Error()) }
	if n > 1 { return fmt.Errorf("high: %d%% of %-8s: %w", n, "x", err) }
	return fmt.Errorf("high: push %d: %w", n, ErrFull)
}
`)
	var got []string
	for _, e := range collectTexts([]source{low, high}) {
		got = append(got, e.pkg+" "+e.where+" "+e.text)
	}
	want := []string{
		"high F high: %d%% of %-8s: %w",
		"high F high: push %d: low: full",
		"high F low.Error{Op: push, Remedy: give %d}",
		"low ErrFull low: full",
		"low Error.Error low: …: …",
	}
	if !slices.Equal(got, want) {
		t.Errorf("texts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
