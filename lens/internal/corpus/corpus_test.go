package corpus

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func forms(t *testing.T) []Form {
	t.Helper()
	all, err := Forms()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEnough holds the corpus to its size: twenty forms a code, eight for those that
// few forms exist of, and two hundred clean functions.
func TestEnough(t *testing.T) {
	n := map[string]int{}
	names := map[string]bool{}
	for _, f := range forms(t) {
		n[f.Code]++
		if key := f.Code + f.Name; names[key] {
			t.Errorf("%s has %q twice", f.Code, f.Name)
		} else {
			names[key] = true
		}
	}
	few := map[string]bool{"ML608": true, "ML612": true, "ML613": true, "ML614": true, "ML617": true, "ML618": true}
	for code, count := range n {
		want := 20
		if few[code] {
			want = 8
		}
		if code != "" && count < want {
			t.Errorf("%s has %d forms, want %d", code, count, want)
		}
	}
	if len(n) != 17 {
		t.Errorf("forms of %d codes", len(n)-1)
	}
	if clean := len(Cases(forms(t), 3)) - len(Cases(faults(forms(t)), 3)); clean < 200 {
		t.Errorf("%d clean functions", clean)
	}
}

func faults(all []Form) (some []Form) {
	for _, f := range all {
		if f.Code != "" {
			some = append(some, f)
		}
	}
	return some
}

// TestCompiles builds every form, in one host each, and in every host for the soak.
func TestCompiles(t *testing.T) {
	perForm := 1
	if os.Getenv("MEMKIT_SOAK") != "" {
		perForm = len(Hosts())
	}
	dir := t.TempDir()
	if err := Write(dir, Cases(forms(t), perForm)); err != nil {
		t.Fatal(err)
	}
	packages := []string{"./..."}
	if out, err := exec.Command("go", "env", "CGO_ENABLED").Output(); err == nil && strings.TrimSpace(string(out)) != "1" {
		t.Log("no C compiler: the calls into C are not built")
	}
	cmd := exec.Command("go", append([]string{"build"}, packages...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestParseFormRefuses(t *testing.T) {
	for _, section := range []string{"", "name"} {
		if _, err := parseForm(section); err == nil {
			t.Errorf("%q: no error", section)
		}
	}
}
