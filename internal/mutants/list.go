package main

import (
	"fmt"
	"strings"
)

// list is a package's mutants.
type list struct {
	// runs are the flags of each go test command, in order.
	runs    [][]string
	mutants []mutant
}

// mutant is one way to make the package wrong.
type mutant struct {
	line       int // of its name in the list
	name       string
	runs       [][]string // instead of the list's
	packages   []string   // tested too, relative to the module's root
	equivalent string     // the proof
	changes    []change
}

// change replaces the only occurrence of old in file.
type change struct {
	file     string // relative to the package's directory
	old, new string
}

// defaultRuns is how a package is tested when its list does not say.
var defaultRuns = [][]string{{"-short"}}

// parseList reads a list in the form that the package comment describes.
func parseList(text string) (list, error) {
	p := parser{}
	for i, line := range strings.Split(text, "\n") {
		if err := p.parse(i+1, line); err != nil {
			return list{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return p.finish()
}

// parser is a list being read.
type parser struct {
	list
	// file of the change that the next old text begins.
	file string
	// added says that the change at the end already has new text, so that more
	// old text begins another.
	added bool
}

func (p *parser) parse(number int, line string) error {
	switch {
	case strings.HasPrefix(line, "-"):
		return p.oldText(line[1:])
	case strings.HasPrefix(line, "+"):
		return p.newText(line[1:])
	case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		return nil
	}
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		return fmt.Errorf("%q: want key: value, or a line that begins with - or +", line)
	}
	if key == "mutant" {
		p.mutants = append(p.mutants, mutant{line: number, name: value})
		p.file, p.added = "", false
		return nil
	}
	return p.set(key, value)
}

// set applies a key other than mutant.
func (p *parser) set(key, value string) error {
	if key == "run" && len(p.mutants) == 0 {
		p.runs = append(p.runs, strings.Fields(value))
		return nil
	}
	if len(p.mutants) == 0 {
		return fmt.Errorf("%s: in front of the first mutant", key)
	}
	m := p.last()
	switch key {
	case "run":
		m.runs = append(m.runs, strings.Fields(value))
	case "packages":
		m.packages = strings.Fields(value)
	case "equivalent":
		m.equivalent = value
	case "file":
		p.file, p.added = value, false
		m.changes = append(m.changes, change{file: value})
	default:
		return fmt.Errorf("key %q: want mutant, run, packages, equivalent or file", key)
	}
	return nil
}

func (p *parser) last() *mutant { return &p.mutants[len(p.mutants)-1] }

func (p *parser) oldText(text string) error {
	if p.file == "" {
		return fmt.Errorf("old text without a file")
	}
	m := p.last()
	if p.added {
		m.changes = append(m.changes, change{file: p.file})
		p.added = false
	}
	appendLine(&m.changes[len(m.changes)-1].old, text)
	return nil
}

func (p *parser) newText(text string) error {
	if p.file == "" || p.last().changes[len(p.last().changes)-1].old == "" {
		return fmt.Errorf("new text without old text before it")
	}
	m := p.last()
	c := &m.changes[len(m.changes)-1]
	if p.added {
		c.new += "\n" + text
		return nil
	}
	c.new, p.added = text, true
	return nil
}

func appendLine(to *string, text string) {
	if *to != "" {
		*to += "\n"
	}
	*to += text
}

// finish checks what can be said of the list without the package.
func (p *parser) finish() (list, error) {
	if len(p.runs) == 0 {
		p.runs = defaultRuns
	}
	if len(p.mutants) == 0 {
		return list{}, fmt.Errorf("no mutants")
	}
	seen := map[string]bool{}
	for _, m := range p.mutants {
		if seen[m.name] {
			return list{}, fmt.Errorf("line %d: a second mutant %q", m.line, m.name)
		}
		seen[m.name] = true
		if len(m.changes) == 0 {
			return list{}, fmt.Errorf("line %d: mutant %q changes nothing", m.line, m.name)
		}
		for _, c := range m.changes {
			if c.old == "" || c.old == c.new {
				return list{}, fmt.Errorf("line %d: mutant %q: a change of %s changes nothing", m.line, m.name, c.file)
			}
		}
	}
	return p.list, nil
}

// apply returns the files of m after its changes, by their names in changes.
// read gives a file's text.
func (m *mutant) apply(read func(file string) (string, error)) (map[string]string, error) {
	files := map[string]string{}
	for _, c := range m.changes {
		text, ok := files[c.file]
		if !ok {
			var err error
			if text, err = read(c.file); err != nil {
				return nil, err
			}
		}
		if n := strings.Count(text, c.old); n != 1 {
			return nil, fmt.Errorf("%s has the old text %d times, want once:\n%s", c.file, n, c.old)
		}
		files[c.file] = strings.Replace(text, c.old, c.new, 1)
	}
	return files, nil
}
