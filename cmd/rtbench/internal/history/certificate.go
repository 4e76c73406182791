package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
)

// CommitKey is the entry of a run's environment that names the commit of the measured
// program.
const CommitKey = "git.commit"

// lean is what a history needs of a certificate.
type lean struct {
	Schema  string            `json:"schema"`
	Created string            `json:"created"`
	Env     map[string]string `json:"env"`
	Benches []struct {
		Name     string `json:"name"`
		Unit     string `json:"unit"`
		Analysis *struct {
			Mean      *float64 `json:"mean"`
			Quantiles []struct {
				P        float64  `json:"p"`
				Estimate *float64 `json:"estimate"`
				Upper    *float64 `json:"upper"`
			} `json:"quantiles"`
			Bounds []struct {
				P         float64  `json:"p"`
				Upper     *float64 `json:"upper"`
				Supported bool     `json:"supported"`
			} `json:"bounds"`
		} `json:"analysis"`
	} `json:"benches"`
}

// Named is a certificate's place in a history.
type Named struct {
	Created, Commit string
	// Named is true where the certificate itself names the commit, and not the file.
	Named bool
}

// Parse checks a certificate and returns its place.
func Parse(text []byte, file string) (Named, error) {
	p, err := new(History).point(text, file, map[Key]int{})
	return Named{p.Created, p.Commit, p.named}, err
}

// point reads a certificate.
func (h *History) point(text []byte, file string, index map[Key]int) (Point, error) {
	var c lean
	if err := json.Unmarshal(text, &c); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && syntax.Offset >= int64(len(text)) {
			return Point{}, errors.New("ends in the middle of a certificate: it was written by half; certify again, or remove it")
		}
		return Point{}, fmt.Errorf("is not the JSON of a certificate: %w", err)
	}
	switch {
	case c.Schema == "":
		return Point{}, errors.New("is no certificate: it has no schema; keep other files elsewhere")
	case c.Schema != certificate.Schema:
		return Point{}, fmt.Errorf("has the schema %q, and this program reads %q; use the rtbench that wrote it", c.Schema, certificate.Schema)
	case c.Created == "":
		return Point{}, errors.New("does not say when it was created, so it has no place in a history")
	}
	p := Point{Commit: commitOf(file, c.Env), Created: c.Created, Machine: machineOf(c.Env), File: file, named: c.Env[CommitKey] != ""}
	add := func(k Key, v, upper *float64) {
		if v != nil && *v > 0 && !math.IsInf(*v, 0) {
			limit := math.NaN()
			if upper != nil {
				limit = *upper
			}
			p.Values = append(p.Values, Value{h.figure(k, index), *v, limit})
		}
	}
	for _, b := range c.Benches {
		if b.Analysis == nil {
			continue
		}
		add(Key{b.Name, "mean", b.Unit}, b.Analysis.Mean, nil)
		for _, q := range b.Analysis.Quantiles {
			add(Key{b.Name, "p" + strconv.FormatFloat(100*q.P, 'g', 6, 64), b.Unit}, q.Estimate, q.Upper)
		}
		for _, e := range b.Analysis.Bounds {
			if e.Supported {
				add(Key{b.Name, fmt.Sprintf("bound@%g", e.P), b.Unit}, e.Upper, nil)
			}
		}
	}
	return p, nil
}

// added is the name of a file that `rtbench history --add` has made: time and commit.
var added = regexp.MustCompile(`^\d{8}T\d{6}Z-(.+)$`)

// commitOf is the commit that the certificate names, or else the one in the name of an
// added file, or else the last part of the file's name that may be a hash, or else all
// of the name.
func commitOf(file string, env map[string]string) string {
	if c := env[CommitKey]; c != "" {
		return c
	}
	stem := strings.TrimSuffix(file, filepath.Ext(file))
	if m := added.FindStringSubmatch(filepath.Base(stem)); m != nil {
		return m[1]
	}
	parts := strings.FieldsFunc(stem, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i := len(parts) - 1; i >= 0; i-- {
		if isHash(parts[i]) {
			return parts[i]
		}
	}
	return filepath.Base(stem)
}

// isHash reports whether s is hexadecimal, of a hash's or an abbreviated one's length.
func isHash(s string) bool {
	const shortest, longest = 7, 64
	return len(s) >= shortest && len(s) <= longest && strings.Trim(s, "0123456789abcdef") == "" && strings.Trim(s, "0123456789") != ""
}

// machineOf is what a change of figures may be due to instead of the commit.
func machineOf(env map[string]string) string {
	var parts []string
	for _, k := range []string{"cpu.model", "kernel.release"} {
		if v := env[k]; v != "" {
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, ", ")
}
