// Package reference reads the tables that other programs computed (R with evd, ismev,
// lmom, eva, tseries and goftest) and the data sets that they are about, for tests.
package reference

import (
	"embed"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata
var data embed.FS

// Table reads a table into one map per row, by column name.
func Table(t testing.TB, name string) []map[string]string {
	t.Helper()
	rows := read(t, "testdata/"+name)
	var table []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		table = append(table, m)
	}
	return table
}

// Field is a number of a row; NaN where the table has none.
func Field(t testing.TB, row map[string]string, name string) float64 {
	t.Helper()
	if row[name] == "NA" || row[name] == "NaN" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(row[name]), 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// Set reads a data set in its order.
func Set(t testing.TB, name string) []float64 {
	t.Helper()
	var x []float64
	for _, row := range read(t, "testdata/data/"+name+".csv")[1:] {
		v, err := strconv.ParseFloat(strings.TrimSpace(row[0]), 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		x = append(x, v)
	}
	return x
}

func read(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := data.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Near checks |got−want| ≤ tolerance.
func Near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.12g, want %.12g ± %.3g", what, got, want, tolerance)
	}
}
