package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Case is a form in a host: a file with a label.
type Case struct {
	// Code that must be found in the file; empty when none may be.
	Code       string
	Form, Host string
	// File is its path below the module's directory, and Source its text.
	File, Source string
	// Asm is the text of the assembly next to it; empty for none.
	Asm string
}

func (c Case) String() string {
	if c.Host == "" {
		return fmt.Sprintf("%s: %s", c.File, c.Form)
	}
	return fmt.Sprintf("%s: %s, in %s", c.File, c.Form, c.Host)
}

// dollar matches the mark in a name. Assembly has dollars of its own elsewhere.
var dollar = regexp.MustCompile(`(\w)\$`)

// Cases puts each form into some of the hosts: all of them, or perForm that change
// from form to form. A complete form makes one case.
func Cases(forms []Form, perForm int) []Case {
	var all []Case
	for i, f := range forms {
		if f.Body == "" {
			all = append(all, newCase(f, Host{}, len(all)))
			continue
		}
		for k := range min(perForm, len(hosts)) {
			all = append(all, newCase(f, hosts[(i+k)%len(hosts)], len(all)))
		}
	}
	return all
}

func newCase(f Form, h Host, number int) Case {
	pkg := strings.ToLower(f.Code)
	if pkg == "" {
		pkg = "clean"
	}
	unique := func(text string) string { return dollar.ReplaceAllString(text, fmt.Sprintf("${1}X%dX", number)) }
	text := "package " + pkg + "\n\n" + f.Imports + "\n\n" + f.Decls + "\n\n" + strings.ReplaceAll(h.text, "BODY", f.Body)
	return Case{
		Code: f.Code, Form: f.Name, Host: h.Name,
		File:   fmt.Sprintf("%s/case%04d.go", pkg, number),
		Source: unique(text), Asm: unique(f.Asm),
	}
}

// Write makes a module of the cases in dir.
func Write(dir string, cases []Case) error {
	write := func(name, text string) error {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		return os.WriteFile(name, []byte(text), 0o666)
	}
	if err := write("go.mod", "module example.org/corpus\n\ngo 1.26\n"); err != nil {
		return err
	}
	for _, c := range cases {
		pkg, _, _ := strings.Cut(c.File, "/")
		shared := "package " + pkg + "\n\nvar total float64\n\n// use keeps v from being optimised away.\nfunc use(v float64) { total += v }\n"
		if err := write(pkg+"/use.go", shared); err != nil {
			return err
		}
		if err := write(c.File, c.Source); err != nil {
			return err
		}
		if c.Asm != "" {
			if err := write(strings.TrimSuffix(c.File, ".go")+"_amd64.s", c.Asm+"\n"); err != nil {
				return err
			}
		}
	}
	return nil
}
