package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// certificateOf is a certificate with one benchmark.
func certificateOf(day int, commit string, p99 float64) string {
	env := `{"cpu.model":"Test"}`
	if commit != "" {
		env = fmt.Sprintf(`{"cpu.model":"Test","git.commit":%q}`, commit)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day).Format(time.RFC3339)
	return fmt.Sprintf(`{"schema":"memkit.certificate/1","created":%q,"env":%s,"benches":[{"name":"a","unit":"ns","analysis":{"n":9,"mean":null,`+
		`"quantiles":[{"p":0.99,"estimate":%g,"upper":%g},{"p":0.9999,"estimate":null,"upper":null}],"bounds":[{"p":1e-6,"upper":%g,"supported":true},{"p":1e-9,"upper":5,"supported":false}]}},{"name":"b","unit":"ns","unavailable":"no C"}]}`,
		at, env, p99, p99*1.1, p99*4)
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func mustRead(t *testing.T, dir string) *History {
	t.Helper()
	h, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func commits(h *History) string {
	var all []string
	for _, p := range h.Points {
		all = append(all, p.Commit)
	}
	return strings.Join(all, " ")
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"2026-0123abcd.json":      certificateOf(2, "", 100),
		"sub/x/certificate.json":  certificateOf(1, "named", 100),
		"lines.jsonl":             certificateOf(5, "five", 100) + "\n\n" + certificateOf(4, "four", 100) + "\n" + certificateOf(9, "torn", 100)[:200],
		"no-hash.json":            certificateOf(3, "", 100),
		".hidden/x.json":          "no certificate",
		".x.json":                 "no certificate",
		"certificate.dsse.json":   "no certificate",
		"README.md":               "no certificate",
		"deadbeef1/run-0011.json": certificateOf(6, "", 100),
	})
	h := mustRead(t, dir)
	if got := commits(h); got != "named 0123abcd no-hash four five deadbeef1" || h.Read != 6 {
		t.Errorf("%s, %d read", got, h.Read)
	}
	if fmt.Sprint(h.Torn) != "[lines.jsonl]" {
		t.Errorf("torn %v", h.Torn)
	}
	want := []Key{{"a", "p99", "ns"}, {"a", "bound@1e-06", "ns"}}
	if !reflect.DeepEqual(h.Keys, want) || len(h.Points[0].Values) != 2 || math.Abs(h.Points[0].Values[0].Upper-110) > 1e-9 || h.Points[0].Values[1].V != 400 {
		t.Errorf("%v: %+v", h.Keys, h.Points[0])
	}
}

func TestReadRefuses(t *testing.T) {
	good := certificateOf(1, "x", 100)
	for want, files := range map[string]map[string]string{
		"x.json: ends in the middle of a certificate":  {"x.json": good[:len(good)/2]},
		"x.json: is not the JSON of a certificate":     {"x.json": "hello"},
		"x.json: is no certificate: it has no schema":  {"x.json": `{"a":1}`},
		`has the schema "memkit.certificate/9"`:        {"x.json": strings.Replace(good, "/1", "/9", 1)},
		"does not say when it was created":             {"x.json": strings.Replace(good, `"created":"2026`, `"c":"2026`, 1)},
		"x.jsonl: line 1 is not the JSON":              {"x.jsonl": "hello\n" + good + "\n"},
		"x.jsonl: line 2 is no certificate":            {"x.jsonl": good + "\n{}\n"},
		"has no certificates":                          {"x.txt": good},
		"is not the JSON of a certificate: json: cann": {"x.json": strings.Replace(good, `"p":0.99`, `"p":"x"`, 1)},
	} {
		dir := t.TempDir()
		write(t, dir, files)
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing directory")
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, filepath.Dir(file), map[string]string{"file": good})
	if _, err := Read(file); err == nil || !strings.Contains(err.Error(), "is not a directory") {
		t.Errorf("%v", err)
	}
}

// digestOf writes the digest of a directory and returns its text.
func digestOf(t *testing.T, h *History, dir string) string {
	t.Helper()
	var b bytes.Buffer
	if err := h.WriteDigest(&b, dir); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{DigestName: b.String()})
	return b.String()
}

// TestDigest: a history from the digest is the one from the certificates, whatever
// happened to either meanwhile.
func TestDigest(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"l.jsonl": certificateOf(30, "l0", 5) + "\n" + certificateOf(31, "l1", 6) + "\n"}
	for i := range 20 {
		files[fmt.Sprintf("%02d.json", i)] = certificateOf(i, fmt.Sprintf("commit\t%d\n\"", i), 100+float64(i)/3)
	}
	write(t, dir, files)
	cold := mustRead(t, dir)
	text := digestOf(t, cold, dir)
	same := func(what string, read int) {
		t.Helper()
		warm := mustRead(t, dir)
		if warm.Read != read {
			t.Errorf("%s: %d certificates were read, want %d", what, warm.Read, read)
		}
		// NaN is not equal to itself, and keys may have another order.
		a, _ := json.Marshal(summary(cold))
		b, _ := json.Marshal(summary(warm))
		if !bytes.Equal(a, b) {
			t.Errorf("%s: differs\n%s\n%s", what, a, b)
		}
	}
	same("whole", 0)
	for n := range len(text) {
		if n%97 != 0 && n != len(text)-1 {
			continue
		}
		write(t, dir, map[string]string{DigestName: text[:n]})
		warm := mustRead(t, dir)
		if len(warm.Points) != 22 {
			t.Fatalf("cut at %d: %d points", n, len(warm.Points))
		}
	}
	write(t, dir, map[string]string{DigestName: "memkit.history/0\n" + text})
	same("another version", 22)
	write(t, dir, map[string]string{DigestName: strings.Replace(text, ":", ":x", 1)})
	mustRead(t, dir)
	digestOf(t, cold, dir)
	// A file that changed is read again, one that is gone is forgotten.
	write(t, dir, map[string]string{"03.json": certificateOf(3, "new-commit", 50)})
	if err := os.Remove(filepath.Join(dir, "04.json")); err != nil {
		t.Fatal(err)
	}
	h := mustRead(t, dir)
	if h.Read != 1 || len(h.Points) != 21 || h.Points[3].Commit != "new-commit" || h.Points[4].Commit != "commit\t5\n\"" {
		t.Errorf("%d read: %s", h.Read, commits(h))
	}
}

// summary is a history in a comparable form.
func summary(h *History) (lines []string) {
	for _, p := range h.Points {
		line := p.Commit + p.Created + p.Machine + p.File
		for _, v := range p.Values {
			line += fmt.Sprint(h.Keys[v.Figure], v.V, v.Upper)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestBenches(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{}
	for i := range 40 {
		level := 100.0
		if i >= 25 {
			level = 130
		}
		files[fmt.Sprintf("%02d.json", i)] = certificateOf(i, fmt.Sprintf("c%d", i), level*(1+float64(i*7919%10)/200))
	}
	write(t, dir, files)
	b := mustRead(t, dir).Benches(.01)
	if len(b) != 1 || len(b[0].Changes) != 1 || len(b[0].Figures) != 2 {
		t.Fatalf("%+v", b)
	}
	c := b[0].Changes[0]
	if c.Commit != "c25" || math.Abs(c.Effect-.3) > .02 || c.CI[0] > c.Effect || c.CI[1] < c.Effect || len(c.Also) != 1 || c.Machine != "" {
		t.Errorf("%+v", c)
	}
	text, err := json.Marshal(b)
	if err != nil || !strings.Contains(string(text), `"changes":[{"commit":"c25"`) || !strings.Contains(string(text), `"effect":0.`) || !strings.Contains(string(text), `"ci":[0.`) {
		t.Errorf("%s, %v", text, err)
	}
	if b := mustRead(t, dir).Benches(.4); len(b[0].Changes) != 0 {
		t.Errorf("beyond a large margin: %+v", b[0].Changes)
	}
	// The machine changed with the commit.
	write(t, dir, map[string]string{"25.json": strings.Replace(files["25.json"], "Test", "Other", 1)})
	if c := mustRead(t, dir).Benches(.01)[0].Changes[0]; c.Machine != "Test → Other" {
		t.Errorf("%+v", c)
	}
}

func TestCommitOf(t *testing.T) {
	for file, want := range map[string]string{
		"20260102T030405Z-0123456789abcdef0123456789abcdef01234567.json": "0123456789abcdef0123456789abcdef01234567",
		"20260102-1234567.json":       "20260102-1234567", // digits alone are no hash
		"a/abcdef1/certificate.json":  "abcdef1",
		"abcdef1-b.json":              "abcdef1",
		"x/y.json":                    "y",
		"0123abcd.dirty_fedcba9.json": "fedcba9",
	} {
		if got := commitOf(file, nil); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

// FuzzDigest: whatever a digest says, reading it ends, and what it gives can be used.
func FuzzDigest(f *testing.F) {
	f.Add([]byte(digestVersion + "\nK\t\"a\"\t\"p99\"\t\"ns\"\nF\t5\t6\t1\t\"x.json\"\nP\t\"c\"\t\"2026-01-01T00:00:00Z\"\t\"m\"\t0:5:NaN\n"))
	f.Add([]byte(digestVersion + "\nF\t5\t6\t99999999\t\"x.json\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), DigestName)
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		d := readDigest(path)
		h := &History{}
		numbers := h.adopt(d, map[Key]int{})
		for _, file := range d.files {
			for _, p := range file.points {
				for _, v := range p.Values {
					if v.Figure >= len(numbers) || !(v.V > 0) {
						t.Fatalf("%+v", v)
					}
				}
			}
		}
	})
}

// FuzzCertificate: whatever a file holds, it is refused or gives positive values.
func FuzzCertificate(f *testing.F) {
	f.Add([]byte(certificateOf(1, "x", 100)))
	f.Add([]byte(`{"schema":"memkit.certificate/1","created":"x","benches":[{"analysis":{"mean":-1}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h := &History{}
		p, err := h.point(text, "x.json", map[Key]int{})
		if err != nil {
			return
		}
		for _, v := range p.Values {
			if v.Figure >= len(h.Keys) || !(v.V > 0) || math.IsInf(v.V, 0) {
				t.Fatalf("%+v", v)
			}
		}
	})
}
