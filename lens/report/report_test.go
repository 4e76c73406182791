package report

import (
	"encoding/json"
	"errors"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestJSONHasNoNullArrays(t *testing.T) {
	for _, r := range []Report{
		{},
		{Findings: []Finding{{Code: "ML601", Fix: &Fix{}}}, Hints: []Finding{{}}, Allowed: []Finding{{Reason: "why"}}},
	} {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.ReplaceAll(string(text), `"fix":null`, ""))
		if strings.Contains(string(text), "null") {
			t.Errorf("null in %s", text)
		}
		var keys map[string][]any
		if err := json.Unmarshal(text[:], &keys); err == nil {
			for _, k := range []string{"findings", "hints", "allowed", "errors"} {
				if keys[k] == nil {
					t.Errorf("no array %s in %s", k, text)
				}
			}
		}
	}
}

func TestJSONOfFinding(t *testing.T) {
	f := Finding{
		Code: "ML601", Severity: SeverityError, Pos: "a.go:3:7", Func: "p.F", Message: "make allocates",
		Chain: []Step{{"p.g", "a.go:2:2"}}, Evidence: []string{Source, Binary},
		Fix: &Fix{Message: "remove it", Edits: []Edit{{"a.go", 1, 2, "x"}}},
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"code":"ML601","severity":"error","pos":"a.go:3:7","func":"p.F","message":"make allocates","chain":[{"func":"p.g","pos":"a.go:2:2"}],"evidence":["source","binary"],"fix":{"message":"remove it","edits":[{"file":"a.go","start":1,"end":2,"new":"x"}]}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	var back Finding
	if err := json.Unmarshal(text, &back); err != nil || back.String() != f.String() || back.Fix.Edits[0] != f.Fix.Edits[0] {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestClean(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    Report
		want bool
	}{
		{"empty", Report{}, true},
		{"hints and allowed findings", Report{Hints: []Finding{{}}, Allowed: []Finding{{}}}, true},
		{"a finding", Report{Findings: []Finding{{}}}, false},
		{"an error", Report{Errors: []Error{{}}}, false},
	} {
		if got := tt.r.Clean(); got != tt.want {
			t.Errorf("%s: clean %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestSort(t *testing.T) {
	r := Report{
		Findings: []Finding{
			{Pos: "b.go:1:1"}, {Pos: "a.go:10:1"}, {Pos: "a.go:9:12"}, {Pos: "a.go:9:2", Code: "ML602"}, {Pos: "a.go:9:2", Code: "ML601"},
		},
		Errors: []Error{{Pos: "b.go:2"}, {Message: "no place"}},
	}
	r.Sort()
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Pos+f.Code)
	}
	want := []string{"a.go:9:2ML601", "a.go:9:2ML602", "a.go:9:12", "a.go:10:1", "b.go:1:1"}
	if !slices.Equal(got, want) || r.Errors[0].Message != "no place" {
		t.Errorf("got %v, errors %v", got, r.Errors)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	r := &Report{Findings: []Finding{{Chain: []Step{{}}, Evidence: []string{Source}, Fix: &Fix{Edits: []Edit{{}}}}}, Errors: []Error{{}}}
	c := r.Clone()
	c.Findings[0].Chain[0].Func = "x"
	c.Findings[0].Evidence[0] = "x"
	c.Findings[0].Fix.Edits[0].New = "x"
	c.Errors[0].Message = "x"
	f := r.Findings[0]
	if f.Chain[0].Func == "x" || f.Evidence[0] == "x" || f.Fix.Edits[0].New == "x" || r.Errors[0].Message == "x" {
		t.Error("a change of the copy changed the original")
	}
}

func TestParsePos(t *testing.T) {
	for pos, want := range map[string]Place{
		"a.go:3:7":      {"a.go", 3, 7},
		"a.go:3":        {"a.go", 3, 0},
		"a.go":          {"a.go", 0, 0},
		`C:\a.go:3:7`:   {`C:\a.go`, 3, 7},
		"a:1/b.go:3:7":  {"a:1/b.go", 3, 7},
		"":              {},
		"a.go:-1":       {"a.go:-1", 0, 0},
		"dir/a.go:12:0": {"dir/a.go", 12, 0},
	} {
		if got := ParsePos(pos); got != want {
			t.Errorf("ParsePos(%q) = %+v, want %+v", pos, got, want)
		}
	}
}

func FuzzParsePos(f *testing.F) {
	f.Add("a.go:3:7")
	f.Fuzz(func(t *testing.T, pos string) {
		p := ParsePos(pos)
		if !strings.HasPrefix(pos, p.File) || p.Line < 0 || p.Column < 0 {
			t.Errorf("ParsePos(%q) = %+v", pos, p)
		}
	})
}

func TestApply(t *testing.T) {
	fix := Fix{Edits: []Edit{{"a", 4, 5, "Y"}, {"b", 0, 99, ""}, {"a", 0, 1, ""}, {"a", 2, 2, "ins"}, {"a", 0, 1, ""}}}
	got, err := fix.Apply("a", []byte("012345"))
	if err != nil || string(got) != "1ins23Y5" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, edits := range [][]Edit{
		{{"a", 0, 7, ""}},
		{{"a", 3, 2, ""}},
		{{"a", -1, 2, ""}},
		{{"a", 0, 3, ""}, {"a", 2, 4, ""}},
	} {
		if _, err := (Fix{Edits: edits}).Apply("a", []byte("012345")); !errors.Is(err, ErrEdit) {
			t.Errorf("%v: %v", edits, err)
		}
	}
}

func TestCodes(t *testing.T) {
	var ids []string
	for _, c := range Codes() {
		ids = append(ids, c.ID)
		if got, ok := Explain(c.ID); !ok || got.Title != c.Title {
			t.Errorf("Explain(%s) = %+v", c.ID, got)
		}
		if !slices.Contains([]string{SeverityError, SeverityWarning, SeverityHint}, c.Severity) {
			t.Errorf("%s: severity %q", c.ID, c.Severity)
		}
		for _, contract := range c.Contracts {
			if contract != "nonallocating" && contract != "nonblocking" {
				t.Errorf("%s: contract %q", c.ID, contract)
			}
		}
		if c.Title == "" || c.What == "" || c.Why == "" || len(c.Contracts) == 0 {
			t.Errorf("%s is incomplete", c.ID)
		}
	}
	want := "ML601 ML602 ML603 ML604 ML605 ML606 ML607 ML608 ML609 ML610 ML611 ML612 ML613 ML614 ML617 ML618"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("codes %s, want %s", got, want)
	}
	if _, ok := Explain("ML615"); ok {
		t.Error("a code that does not exist is explained")
	}
}

// TestExamplesCompile builds the files that users are shown.
func TestExamplesCompile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.org/codes\n\ngo 1.26\n")
	for _, c := range Codes() {
		for name, src := range map[string]string{"bad": c.Bad, "good": c.Good} {
			if got, err := format.Source([]byte(src)); err != nil || string(got) != src {
				t.Errorf("%s/%s.go is not formatted: %v", c.ID, name, err)
			}
			write(filepath.Join(c.ID, name, name+".go"), src)
		}
	}
	cmd := exec.Command("go", "build", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestParseCodeRefuses(t *testing.T) {
	for _, text := range []string{"", "title\nerror\nnonblocking\n", "title\n\nWhat\nx\n\nWhy\ny\n-- bad.go --\n-- good.go --\n"} {
		if _, err := parseCode("ML699", []byte(text)); err == nil || !strings.Contains(err.Error(), "ML699") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
