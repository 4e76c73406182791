package corpus

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"strings"
)

//go:embed forms/*.txt
var files embed.FS

// Form is one way in which Go code breaks, or keeps, a contract.
type Form struct {
	// Code of its fault; empty for code that is clean.
	Code string
	Name string
	// Imports and Decls of its file, and the statements of Body. A form without a
	// body is complete.
	Imports, Decls, Body string
	// Asm is assembly for amd64 that belongs to it.
	Asm string
}

// Forms reads all forms, in order of code and place.
func Forms() ([]Form, error) {
	entries, err := files.ReadDir("forms")
	if err != nil {
		return nil, err
	}
	var all []Form
	for _, e := range entries {
		text, err := files.ReadFile(path.Join("forms", e.Name()))
		if err != nil {
			return nil, err
		}
		code := strings.TrimSuffix(e.Name(), ".txt")
		if code == "clean" {
			code = ""
		}
		sections := strings.Split("\n"+string(text), "\n== ")
		for _, section := range sections[1:] {
			f, err := parseForm(section)
			if err != nil {
				return nil, fmt.Errorf("corpus: %s: %w", e.Name(), err)
			}
			f.Code = code
			all = append(all, f)
		}
	}
	return all, nil
}

// imports matches an import declaration, with the C code above it.
var imports = regexp.MustCompile(`(?m)^(/\*(?s:.*?)\*/\n)?(//rt:.*\n)?import (\((?s:.*?)\n\)|.*)$`)

func parseForm(section string) (Form, error) {
	name, rest, ok := strings.Cut(section, "\n")
	if !ok || name == "" {
		return Form{}, fmt.Errorf("%q: no form below the name", name)
	}
	f := Form{Name: name}
	rest, f.Asm, _ = strings.Cut(rest, "\n-- asm\n")
	// The form may begin with its statements.
	head, body, _ := strings.Cut("\n"+rest, "\n--\n")
	f.Body = strings.TrimSuffix(body, "\n")
	if found := imports.FindAllStringIndex(head, -1); found != nil {
		end := found[len(found)-1][1]
		f.Imports, head = head[:end], head[end:]
	}
	f.Decls = head
	return f, nil
}
