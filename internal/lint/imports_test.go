package lint

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// house is the import table of ARCHITECTURE.md: package pattern to the packages
// of this module that it may import.
type house struct {
	rows []room
}

type room struct {
	// pattern is a package path relative to the module; a trailing "/..." covers
	// everything below.
	pattern string
	allowed []string
	any     bool
}

// quoted finds the `names` in a table cell.
var quoted = regexp.MustCompile("`([^`]+)`")

// readHouse parses the rows between the header "| package | … | may import |"
// and the first line that is no table row.
func readHouse(t *testing.T) house {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var h house
	inside := false
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		cells := strings.Split(strings.Trim(scan.Text(), "| "), "|")
		if len(cells) != 3 {
			if inside && len(h.rows) > 0 {
				break
			}
			continue
		}
		if strings.TrimSpace(cells[0]) == "package" && strings.TrimSpace(cells[2]) == "may import" {
			inside = true
			continue
		}
		if !inside || strings.HasPrefix(strings.TrimSpace(cells[0]), "--") {
			continue
		}
		h.add(cells[0], cells[2])
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	if len(h.rows) == 0 {
		t.Fatal("ARCHITECTURE.md has no import table with the columns package | … | may import")
	}
	return h
}

func (h *house) add(packages, allowed string) {
	var names []string
	for _, m := range quoted.FindAllStringSubmatch(allowed, -1) {
		names = append(names, m[1])
	}
	anything := strings.TrimSpace(allowed) == "any"
	for _, m := range quoted.FindAllStringSubmatch(packages, -1) {
		h.rows = append(h.rows, room{pattern: m[1], allowed: names, any: anything})
	}
}

// find is the most specific room of a package.
func (h house) find(pkg string) (room, bool) {
	best, found := room{}, false
	for _, r := range h.rows {
		if matches(r.pattern, pkg) && (!found || len(r.pattern) > len(best.pattern)) {
			best, found = r, true
		}
	}
	return best, found
}

func matches(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	return pattern == pkg
}

func (r room) admits(target string) bool {
	return r.any || slices.ContainsFunc(r.allowed, func(p string) bool { return matches(p, target) })
}

// TestImportTable holds every non-test file to the table. Tests may import what
// they like of this module: they are nobody's dependency.
func TestImportTable(t *testing.T) {
	h := readHouse(t)
	for _, s := range sources(t) {
		r, ok := h.find(s.pkg())
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

// TestTableNamesWhatExists keeps the table free of rooms that nobody built.
func TestTableNamesWhatExists(t *testing.T) {
	built := map[string]bool{}
	for _, s := range sources(t) {
		built[s.pkg()] = true
	}
	for _, r := range readHouse(t).rows {
		found := false
		for pkg := range built {
			found = found || matches(r.pattern, pkg)
		}
		if !found {
			t.Errorf("ARCHITECTURE.md lists %s, which has no Go file", r.pattern)
		}
	}
}

// peers are the modules that memkit measures itself against.
var peers = []string{
	"github.com/puzpuzpuz/xsync",
	"modernc.org/memory",
}

// TestPeersStayInTheirRoom: a peer imported by the library would reach every
// importer of it.
func TestPeersStayInTheirRoom(t *testing.T) {
	const home = "cmd/rtbench/internal/peer"
	for _, s := range sources(t) {
		if s.pkg() == home {
			continue
		}
		for _, imp := range s.imports() {
			for _, p := range peers {
				if strings.HasPrefix(imp, p) {
					t.Errorf("%s imports the benchmark peer %s; only %s may", s.path, imp, home)
				}
			}
		}
	}
}
