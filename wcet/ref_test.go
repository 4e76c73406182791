package wcet

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// readTable reads a reference table into one map per row.
func readTable(t testing.TB, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "evt", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
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

func field(t testing.TB, row map[string]string, name string) float64 {
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

// readSet reads a reference data set in its order.
func readSet(t testing.TB, name string) []float64 {
	t.Helper()
	path := filepath.Join("testdata", "evt", "data", name+".csv")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := ReadCSV(f, path)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// near checks |got−want| ≤ tolerance.
func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.12g, want %.12g ± %.3g", what, got, want, tolerance)
	}
}
