package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// table is the known form of a table.
type table struct {
	separator byte // 0: one column
	column    int
	unit      string
	decimal   bool
	// heading holds the names of the columns, none without a heading.
	heading []string
}

// readTable reads numbers, one a line or in a column of a table separated by commas,
// semicolons or tabs, below an optional heading.
func readTable(in *lines, o Options) (*File, error) {
	f := &File{}
	s := newSeries("")
	s.Values = make([]float64, 0, min(max(o.Room, 0), int(mostSamples)))
	var t *table
	blank := 0 // the first of the empty lines before this one
	for in.next() {
		text := bytes.TrimSpace(in.text)
		if len(text) == 0 {
			if blank == 0 {
				blank = in.number
			}
			continue
		}
		if text[0] == '#' {
			continue
		}
		if blank > 0 && s.Count > 0 {
			return nil, &lineError{blank, errors.New("empty line; remove it, or repair the file if a value is missing")}
		}
		blank = 0
		if t == nil {
			var first bool
			var err error
			if t, first, err = in.form(text, o); err != nil {
				return nil, in.fail("%w", err)
			}
			s.Name = t.name()
			if f.Unit = t.unit; first {
				continue
			}
		}
		cell, ok := t.cell(text)
		if !ok {
			return nil, in.fail("%.60q has no column %d; --skip REGEXP leaves lines out", text, t.column+1)
		}
		v, unit, err := number(cell, t.decimal)
		if err != nil {
			return nil, in.fail("%w; --skip REGEXP leaves lines out", err)
		}
		if err := f.enter(s, v, unit); err != nil {
			return nil, in.fail("%w", err)
		}
	}
	f.Series = []*Series{s}
	return f, nil
}

// enter adds a value. The first unit of a file is the file's; later ones are converted.
func (f *File) enter(s *Series, v float64, unit string) error {
	if unit != "" && unit != f.Unit {
		if f.Unit == "" && s.Count > 0 {
			return fmt.Errorf("a number with the unit %s follows numbers without one", unit)
		}
		if f.Unit == "" {
			f.Unit = unit
		}
		v *= units[unit] / units[f.Unit]
	}
	if s.Count == mostSamples {
		return fmt.Errorf("more than %d samples", mostSamples)
	}
	s.add(v)
	return nil
}

// form is the table's, by its first line; heading reports whether that has no numbers.
func (l *lines) form(text []byte, o Options) (t *table, heading bool, err error) {
	t = &table{decimal: o.DecimalComma}
	switch {
	case bytes.IndexByte(text, '\t') >= 0:
		t.separator = '\t'
	case bytes.IndexByte(text, ';') >= 0:
		t.separator = ';'
	case bytes.IndexByte(text, ',') >= 0 && !o.DecimalComma:
		t.separator = ','
	}
	cells := t.split(text)
	heading = true
	for _, cell := range cells {
		if _, _, err := number(cell, t.decimal); err == nil {
			heading = false
		}
	}
	if heading {
		for _, cell := range cells {
			t.heading = append(t.heading, strings.Trim(string(bytes.TrimSpace(cell)), `"`))
		}
		if len(cells) == 1 && !t.decimal && l.commasAreDecimal() {
			t.decimal = true
		}
	}
	if t.column, err = t.find(o.Column, len(cells)); err != nil {
		return nil, heading, err
	}
	if heading {
		t.unit = unitOfHeading(t.heading[t.column])
	}
	return t, heading, nil
}

// commasAreDecimal reports whether the next lines are all two whole numbers with a
// comma between them: below a heading of one column, that is one number.
func (l *lines) commasAreDecimal() bool {
	const rows = 3
	ahead, _ := l.in.Peek(min(l.in.Buffered(), 4096))
	seen := 0
	for line := range bytes.Lines(ahead) {
		if seen == rows {
			break
		}
		before, behind, ok := bytes.Cut(bytes.TrimSpace(line), []byte(","))
		if !ok || !allDigits(before) || !allDigits(behind) {
			return false
		}
		seen++
	}
	return seen > 0
}

func allDigits(text []byte) bool {
	for _, c := range text {
		if !isDigit(c) {
			return false
		}
	}
	return len(text) > 0
}

// find is the index of the column asked for.
func (t *table) find(column string, n int) (int, error) {
	if column == "" {
		if n == 1 {
			return 0, nil
		}
		names := t.heading
		for i := len(names); i < n; i++ {
			names = append(names, strconv.Itoa(i+1))
		}
		return 0, fmt.Errorf("%d columns, %s: choose with --column NAME or its number; if the commas are decimal, give --decimal-comma", n, strings.Join(names, ", "))
	}
	for i, name := range t.heading {
		if name == column {
			return i, nil
		}
	}
	i, err := strconv.Atoi(column)
	if err != nil || i < 1 || i > n {
		return 0, fmt.Errorf("--column %s: the columns are %s, numbered from 1 to %d", column, strings.Join(t.heading, ", "), n)
	}
	return i - 1, nil
}

// name of the column, empty without a heading.
func (t *table) name() string {
	if t.column < len(t.heading) {
		return t.heading[t.column]
	}
	return ""
}

// cell is the column's part of a line.
func (t *table) cell(text []byte) ([]byte, bool) {
	if t.separator == 0 {
		return text, true
	}
	for range t.column {
		i := t.end(text)
		if i == len(text) {
			return nil, false
		}
		text = text[i+1:]
	}
	return text[:t.end(text)], true
}

// end is where the first cell of text ends. A quoted cell may hold separators.
func (t *table) end(text []byte) int {
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == t.separator && !quoted:
			return i
		}
	}
	return len(text)
}

func (t *table) split(text []byte) (cells [][]byte) {
	if t.separator == 0 {
		return [][]byte{text}
	}
	for {
		i := t.end(text)
		cells = append(cells, text[:i])
		if i == len(text) {
			return cells
		}
		text = text[i+1:]
	}
}

func isJSONLines(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{"))
}

// readJSONLines reads one JSON object a line and takes one number of each.
func readJSONLines(in *lines, o Options) (*File, error) {
	f := &File{}
	s := newSeries(o.Field)
	for in.next() {
		if len(bytes.TrimSpace(in.text)) == 0 {
			continue
		}
		var object map[string]any
		if err := json.Unmarshal(in.text, &object); err != nil {
			return nil, in.fail("%w", err)
		}
		if s.Name == "" {
			names := numbersIn(object, "")
			if len(names) != 1 {
				return nil, in.fail("%d numbers, %s: choose with --field NAME", len(names), strings.Join(names, ", "))
			}
			s.Name = names[0]
			f.Unit = unitOfHeading(s.Name)
		} else if s.Count == 0 {
			f.Unit = unitOfHeading(s.Name)
		}
		v, unit, ok := numberAt(object, s.Name)
		if !ok {
			return nil, in.fail("no number %s", s.Name)
		}
		if err := f.enter(s, v, unit); err != nil {
			return nil, in.fail("%w", err)
		}
	}
	f.Series = []*Series{s}
	return f, nil
}

// numbersIn are the names of the numbers in an object, sorted.
func numbersIn(object map[string]any, prefix string) []string {
	var names []string
	for _, name := range sortedNumbers(object) {
		switch v := object[name].(type) {
		case float64:
			names = append(names, prefix+name)
		case map[string]any:
			names = append(names, numbersIn(v, prefix+name+".")...)
		}
	}
	return names
}

// numberAt is the number, or the string that holds one, of that name.
func numberAt(object map[string]any, name string) (v float64, unit string, ok bool) {
	at := any(object)
	for part := range strings.SplitSeq(name, ".") {
		members, isObject := at.(map[string]any)
		if !isObject {
			return 0, "", false
		}
		at = members[part]
	}
	switch at := at.(type) {
	case float64:
		return at, "", true
	case string:
		v, unit, err := number([]byte(at), false)
		return v, unit, err == nil
	}
	return 0, "", false
}

// readMatches takes a number from each line that --match matches.
func readMatches(in *lines, o Options) (*File, error) {
	f := &File{}
	s := newSeries("")
	for in.next() {
		text, ok := Matched(o.Match, in.text)
		if !ok {
			continue
		}
		v, unit, err := number(text, o.DecimalComma)
		if err != nil {
			return nil, in.fail("%w", err)
		}
		if err := f.enter(s, v, unit); err != nil {
			return nil, in.fail("%w", err)
		}
	}
	f.Series = []*Series{s}
	return f, nil
}
