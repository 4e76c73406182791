package lint

import (
	"flag"
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/errors.golden")

// TestErrorTexts compares every error text of the code that is not a test with
// testdata/errors.golden, so that a reviewer reads each change of a text together
// with the texts around it.
func TestErrorTexts(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Every error text, by package and function; … stands for text that is not constant.\n")
	b.WriteString("# Written by: go test ./internal/lint -run ErrorTexts -update\n")
	last := ""
	for _, e := range errorTexts(t) {
		if e.pkg != last {
			fmt.Fprintf(&b, "\n%s\n", e.pkg)
			last = e.pkg
		}
		fmt.Fprintf(&b, "\t%s: %s\n", e.where, strings.ReplaceAll(e.text, "\n", `\n`))
	}
	golden := filepath.Join("testdata", "errors.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("error texts differ from testdata/errors.golden; read the difference, then run go test ./internal/lint -run ErrorTexts -update\n%s", difference(string(want), got))
	}
}

// difference lists the lines that only one of two texts has.
func difference(want, got string) string {
	var b strings.Builder
	list := func(sign, from, in string) {
		lines := strings.Split(in, "\n")
		for _, l := range strings.Split(from, "\n") {
			if !slices.Contains(lines, l) {
				b.WriteString(sign + strings.TrimSpace(l) + "\n")
			}
		}
	}
	list("- ", want, got)
	list("+ ", got, want)
	return b.String()
}

// TestErrorPrefixes: an error text names its package once, in front, or not at
// all where the caller adds the name, and no other package; exported sentinels of
// public packages name it.
func TestErrorPrefixes(t *testing.T) {
	names := map[string]bool{}
	for _, s := range sources(t) {
		if path.Base(s.pkg()) != s.file.Name.Name {
			continue // commands and examples are called main
		}
		names[s.file.Name.Name] = true
	}
	for _, e := range errorTexts(t) {
		for _, fault := range e.faults(names) {
			t.Errorf("%s: %q: %s", e.at, e.text, fault)
		}
	}
}

// faults lists the rules that the text breaks. packages has the names of the
// module's packages.
func (e errorText) faults(packages map[string]bool) []string {
	var faults []string
	own := path.Base(e.pkg)
	segments := strings.Split(e.text, ": ")
	if len(segments) > 1 && segments[0] != own && packages[segments[0]] {
		faults = append(faults, "starts with the name of another package; use "+own+" or no prefix")
	}
	for i := 1; i < len(segments); i++ {
		switch {
		case segments[i] == own:
			faults = append(faults, "has the prefix "+own+" twice")
		case packages[segments[i]]:
			faults = append(faults, "has the prefix of another package, "+segments[i]+", within; use internal/errkind")
		case segments[i] == segments[i-1] && !strings.ContainsAny(segments[i], "%"+dynamic):
			faults = append(faults, fmt.Sprintf("says %q twice", segments[i]))
		}
	}
	if e.sentinel && ast.IsExported(e.where) && isPublic(e.pkg) && segments[0] != own {
		faults = append(faults, "an exported sentinel starts with the name of its package, "+own)
	}
	return faults
}

// TestUnsupportedIsTheStandardLibrarys: errors.Is must not tell the ErrUnsupported
// of one package from that of another.
func TestUnsupportedIsTheStandardLibrarys(t *testing.T) {
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok || len(v.Values) != len(v.Names) {
					continue
				}
				for i, name := range v.Names {
					sel, _ := v.Values[i].(*ast.SelectorExpr)
					if name.Name != "ErrUnsupported" || sel != nil && sel.Sel.Name == "ErrUnsupported" {
						continue
					}
					t.Errorf("%s: ErrUnsupported is not errors.ErrUnsupported", s.at(name))
				}
			}
		}
	}
}

func TestErrorFaults(t *testing.T) {
	packages := map[string]bool{"core": true, "tlsf": true}
	for _, tt := range []struct {
		e    errorText
		want string
	}{
		{errorText{pkg: "core", where: "New", text: "core: %s: all lanes are taken"}, ""},
		{errorText{pkg: "core", where: "New", text: "all lanes are taken"}, ""},
		{errorText{pkg: "core", where: "New", text: "core: lane %d: core: the frame has not ended"}, "has the prefix core twice"},
		{errorText{pkg: "core", where: "New", text: "core: core: lane 0"}, "has the prefix core twice"},
		{errorText{pkg: "core", where: "New", text: "core: lane: lane: closed"}, `says "lane" twice`},
		{errorText{pkg: "core", where: "New", text: "core: %s: %s: closed"}, ""},
		{errorText{pkg: "core", where: "Error.Error", text: "core: …: …"}, ""},
		{errorText{pkg: "core", where: "New", text: "core: lane %d: tlsf: no block"}, "has the prefix of another package, tlsf, within; use internal/errkind"},
		{errorText{pkg: "core", where: "New", text: "tlsf: no block"}, "starts with the name of another package; use core or no prefix"},
		{errorText{pkg: "core", where: "ErrFull", text: "full", sentinel: true}, "an exported sentinel starts with the name of its package, core"},
		{errorText{pkg: "core", where: "errFull", text: "full", sentinel: true}, ""},
		{errorText{pkg: "core/internal/x", where: "ErrFull", text: "full", sentinel: true}, ""},
	} {
		if got := strings.Join(tt.e.faults(packages), "; "); got != tt.want {
			t.Errorf("%s, %q: %q, want %q", tt.e.pkg, tt.e.text, got, tt.want)
		}
	}
}
