package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// importTable is the import table of ARCHITECTURE.md: package patterns and the
// packages of this module that each may import.
type importTable struct{ rows []importRow }

type importRow struct {
	// pattern is a package path relative to the module; a trailing "/..." covers
	// everything below.
	pattern string
	allowed []string
	any     bool
}

// quoted matches the `names` in a table cell.
var quoted = regexp.MustCompile("`([^`]+)`")

// readImportTable parses the rows between the header "| package | … | may import |"
// and the first line that is not a table row.
func readImportTable(t *testing.T) importTable {
	t.Helper()
	var table importTable
	inside := false
	for line := range strings.Lines(architecture(t)) {
		cells := strings.Split(strings.Trim(line, "| \n"), "|")
		switch {
		case len(cells) != 3:
			inside = inside && len(table.rows) == 0
		case strings.TrimSpace(cells[0]) == "package" && strings.TrimSpace(cells[2]) == "may import":
			inside = true
		case inside && !strings.HasPrefix(strings.TrimSpace(cells[0]), "--"):
			table.add(cells[0], cells[2])
		}
	}
	if len(table.rows) == 0 {
		t.Fatal("ARCHITECTURE.md has no import table with the columns package | … | may import")
	}
	return table
}

func architecture(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (table *importTable) add(packages, allowed string) {
	var names []string
	for _, m := range quoted.FindAllStringSubmatch(allowed, -1) {
		names = append(names, m[1])
	}
	anything := strings.TrimSpace(allowed) == "any"
	for _, m := range quoted.FindAllStringSubmatch(packages, -1) {
		table.rows = append(table.rows, importRow{pattern: m[1], allowed: names, any: anything})
	}
}

// row is the most specific row for a package.
func (table importTable) row(pkg string) (best importRow, ok bool) {
	for _, r := range table.rows {
		if matches(r.pattern, pkg) && (!ok || len(r.pattern) > len(best.pattern)) {
			best, ok = r, true
		}
	}
	return best, ok
}

func matches(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	return pattern == pkg
}

func (r importRow) admits(target string) bool {
	return r.any || slices.ContainsFunc(r.allowed, func(p string) bool { return matches(p, target) })
}

// TestImportTable checks every non-test file against the table. Tests may import
// any package of this module, because no package depends on them.
func TestImportTable(t *testing.T) {
	table := readImportTable(t)
	for _, s := range sources(t) {
		r, ok := table.row(s.pkg())
		if !ok {
			t.Errorf("%s: package %s has no row in ARCHITECTURE.md's import table", s.path, s.pkg())
			continue
		}
		if s.isTest() {
			continue
		}
		for _, imp := range s.imports() {
			target, ours := strings.CutPrefix(imp, module+"/")
			if ours && target != s.pkg() && !r.admits(target) {
				t.Errorf("%s: %s may not import %s (ARCHITECTURE.md, row %s)", s.path, s.pkg(), target, r.pattern)
			}
		}
	}
}

// TestImportTableNamesPackages refuses rows without a package, and a second one of
// the same package.
func TestImportTableNamesPackages(t *testing.T) {
	packages, listed := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		packages[s.pkg()] = true
	}
	for _, r := range readImportTable(t).rows {
		if listed[r.pattern] {
			t.Errorf("ARCHITECTURE.md lists %s twice", r.pattern)
		}
		listed[r.pattern] = true
		ok := false
		for pkg := range packages {
			ok = ok || matches(r.pattern, pkg)
		}
		if !ok {
			t.Errorf("ARCHITECTURE.md lists %s, which has no Go file", r.pattern)
		}
	}
}

// TestImportTableHasNoCycle: the compiler refuses a cycle of imports; the table
// must not permit one either.
func TestImportTableHasNoCycle(t *testing.T) {
	table := readImportTable(t)
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(pattern string, path []string)
	visit = func(pattern string, path []string) {
		path = append(path, pattern)
		switch state[pattern] {
		case done:
			return
		case visiting:
			t.Errorf("ARCHITECTURE.md permits a cycle of imports: %s", strings.Join(path, " → "))
			return
		}
		state[pattern] = visiting
		for _, r := range table.rows {
			if r.pattern != pattern {
				continue
			}
			for _, next := range table.rows {
				if slices.ContainsFunc(r.allowed, func(p string) bool { return matches(p, next.pattern) && next.pattern != pattern }) {
					visit(next.pattern, path)
				}
			}
		}
		state[pattern] = done
	}
	for _, r := range table.rows {
		visit(r.pattern, nil)
	}
}

// peers are the modules that memkit measures itself against.
var peers = []string{
	"github.com/puzpuzpuz/xsync",
	"modernc.org/memory",
}

// TestPeersAreImportedOnce: a peer imported by the library would reach every
// importer of the library.
func TestPeersAreImportedOnce(t *testing.T) {
	const only = "cmd/rtbench/internal/peer"
	for _, s := range sources(t) {
		if s.pkg() == only {
			continue
		}
		for _, imp := range s.imports() {
			for _, p := range peers {
				if strings.HasPrefix(imp, p) {
					t.Errorf("%s imports the benchmark peer %s; only %s may", s.path, imp, only)
				}
			}
		}
	}
}
