package lint

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layerLine matches a line of ARCHITECTURE.md's picture: a number and packages.
var layerLine = regexp.MustCompile(`^\s+(\d+)\s+(\S.*)$`)

// readLayers returns the layer of each package in the picture, which is the first
// block of preformatted text under the heading "Layers".
func readLayers(t *testing.T) map[string]int {
	t.Helper()
	_, section, ok := strings.Cut(architecture(t), "\n## Layers\n")
	_, block, ok2 := strings.Cut(section, "\n```\n")
	block, _, ok3 := strings.Cut(block, "\n```\n")
	if !ok || !ok2 || !ok3 {
		t.Fatal("ARCHITECTURE.md has no picture under the heading Layers")
	}
	layers := map[string]int{}
	for line := range strings.Lines(block) {
		m := layerLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, pkg := range strings.Fields(m[2]) {
			if _, twice := layers[pkg]; twice {
				t.Errorf("ARCHITECTURE.md's picture shows %s twice", pkg)
			}
			layers[pkg] = n
		}
	}
	return layers
}

// TestLayers checks the picture against the code: every public package is in it,
// and each imports packages of lower layers only.
func TestLayers(t *testing.T) {
	layers := readLayers(t)
	var missing []string
	for _, s := range sources(t) {
		if s.isTest() || !isPublic(s.pkg()) {
			continue
		}
		layer, ok := layers[s.pkg()]
		if !ok {
			missing = append(missing, s.pkg())
			continue
		}
		for _, imp := range s.imports() {
			target, ours := strings.CutPrefix(imp, module+"/")
			if below, ok := layers[target]; ours && ok && below >= layer {
				t.Errorf("%s imports %s: ARCHITECTURE.md's picture has %s on layer %d and %s on %d", s.path, target, s.pkg(), layer, target, below)
			}
		}
	}
	slices.Sort(missing)
	for _, pkg := range slices.Compact(missing) {
		t.Errorf("package %s is not in ARCHITECTURE.md's picture of the layers; add it above every package that it imports", pkg)
	}
	packages := map[string]bool{"examples/...": true}
	for _, s := range sources(t) {
		packages[s.pkg()] = true
	}
	for pkg := range layers {
		if !packages[pkg] {
			t.Errorf("ARCHITECTURE.md's picture shows %s, which has no Go file", pkg)
		}
	}
}
