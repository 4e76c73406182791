package link

import (
	"encoding/json"
	"fmt"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// keepFile is the name of the file that is added to packages, in the overlay alone.
const keepFile = "memlense_keep_functions.go"

// imports gives each package that a file names a name of its own.
type imports struct {
	own   *types.Package
	names map[string]string
}

func (i *imports) name(p *types.Package) string {
	if p == i.own {
		return ""
	}
	return i.of(p.Path())
}

func (i *imports) of(path string) string {
	name, ok := i.names[path]
	if !ok {
		name = fmt.Sprintf("memlensePackage%d", len(i.names))
		i.names[path] = name
	}
	return name
}

// write writes the import declaration, also of packages that nothing names.
func (i *imports) write(b *strings.Builder, unnamed []string) {
	b.WriteString("import (\n\t_ \"unsafe\"\n")
	for _, path := range slices.Sorted(maps.Keys(i.names)) {
		fmt.Fprintf(b, "\t%s %q\n", i.names[path], path)
	}
	for _, path := range unnamed {
		if i.names[path] == "" {
			fmt.Fprintf(b, "\t_ %q\n", path)
		}
	}
	b.WriteString(")\n\n")
}

// texts are expressions in Go, each once, in order.
func (i *imports) texts(list []expression) []string {
	var texts []string
	for _, e := range list {
		texts = append(texts, e.text(i.name))
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// main is the generated main function, which refers to the functions of libraries.
func (k *keeper) main() string {
	named := &imports{names: map[string]string{}}
	instances := named.texts(k.outside)
	for _, path := range slices.Sorted(maps.Keys(k.inside)) {
		if slices.Contains(k.imports, path) {
			instances = append(instances, named.of(path)+"."+keptIn)
		}
	}
	var b strings.Builder
	b.WriteString("package main\n\n")
	named.write(&b, k.imports)
	for i, symbol := range k.symbols {
		fmt.Fprintf(&b, "//go:linkname keep%d %s\nfunc keep%d()\n", i, symbol, i)
	}
	b.WriteString("\nvar sink any\n\nvar kept = []func(){\n")
	for i := range k.symbols {
		fmt.Fprintf(&b, "\tkeep%d,\n", i)
	}
	fmt.Fprintf(&b, "}\n\nvar instances = []any{\n\t%s\n}\n", strings.Join(append(instances, ""), ",\n\t"))
	b.WriteString("\nfunc main() {\n\tsink = instances\n\tfor _, f := range kept {\n\t\tf()\n\t}\n}\n")
	return b.String()
}

// keptIn is the variable that refers to functions from a package's own file.
const keptIn = "MemlenseKeptFunctions"

// overlay writes the files that are added to packages, and returns the flag of the go
// command that adds them. A package of files gets them among its files, too.
func (k *keeper) overlay(dir string) ([]string, error) {
	replace := map[string]string{}
	for _, p := range k.config.Packages {
		list := k.inside[p.Types.Path()]
		if len(list) == 0 {
			continue
		}
		named := &imports{own: p.Types, names: map[string]string{}}
		texts := named.texts(list)
		var b strings.Builder
		fmt.Fprintf(&b, "package %s\n\n", p.Types.Name())
		named.write(&b, nil)
		// Being assigned elsewhere, the variable stays when the linker looks for uses.
		fmt.Fprintf(&b, "var %s = []any{\n\t%s\n}\n\nvar %sSink any\n\nfunc init() { %sSink = %s }\n",
			keptIn, strings.Join(append(texts, ""), ",\n\t"), keptIn, keptIn, keptIn)
		path := filepath.Join(dir, fmt.Sprintf("keep%d.go", len(replace)))
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			return nil, fmt.Errorf("link: %w", err)
		}
		folder, err := filepath.Abs(p.Dir)
		if err != nil {
			return nil, fmt.Errorf("link: %w", err)
		}
		added := filepath.Join(folder, keepFile)
		replace[added] = path
		if k.config.files() {
			k.config.Patterns = append(slices.Clip(k.config.Patterns), added)
		}
	}
	if len(replace) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	return []string{"-overlay=" + path}, nil
}
