package lint

import (
	"go/ast"
	"strings"
	"testing"
)

// printed are the ends of the names of types that users print: what they configured,
// and what they got.
var printed = []string{"Config", "Options", "Stats", "Counters", "Report", "Result", "Reading", "Granted", "Change", "Failure", "Fingerprint", "Finding", "Check", "Snapshot", "Usage"}

// unprinted are exceptions, and why.
var unprinted = map[string]string{}

// TestPrintedTypesHaveString: a struct that users print reads as a sentence and not as
// a list of numbers.
func TestPrintedTypesHaveString(t *testing.T) {
	stringers := map[string]bool{}
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == "String" && f.Recv != nil {
				stringers[s.pkg()+"."+receiver(f)] = true
			}
		}
	}
	for _, s := range sources(t) {
		if s.isTest() || !isPublic(s.pkg()) {
			continue
		}
		for _, decl := range s.file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				typ, ok := spec.(*ast.TypeSpec)
				if !ok || !typ.Name.IsExported() || !isPrinted(typ) {
					continue
				}
				name := s.pkg() + "." + typ.Name.Name
				switch _, excepted := unprinted[name]; {
				case excepted && stringers[name]:
					t.Errorf("%s has a String and is listed as an exception", name)
				case !excepted && !stringers[name]:
					t.Errorf("%s: %s has no String", s.at(typ), name)
				}
			}
		}
	}
}

// isPrinted reports whether the type is a struct with one of the names.
func isPrinted(typ *ast.TypeSpec) bool {
	if _, ok := typ.Type.(*ast.StructType); !ok {
		return false
	}
	for _, end := range printed {
		if strings.HasSuffix(typ.Name.Name, end) {
			return true
		}
	}
	return false
}
