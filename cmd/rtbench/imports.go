package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/rt/record"
)

// importFlags are the flags of commands that read foreign files.
type importFlags struct {
	importer.Options
	skip, match string
}

func (o *importFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&o.Kind, "kind", "", "read a file as this `KIND` instead of detecting it: "+strings.Join(importer.Kinds(), ", "))
	f.StringVar(&o.Column, "column", "", "of a table: the `COLUMN`, its name or its number from 1")
	f.StringVar(&o.Field, "field", "", "of JSON lines: the `FIELD`, names joined with dots")
	f.StringVar(&o.Series, "series", "", "of a file with several series: this `ONE`")
	f.StringVar(&o.skip, "skip", "", "leave out lines that match `REGEXP`")
	o.lineFlags(f)
}

// lineFlags are those that a program's output can be read with, too.
func (o *importFlags) lineFlags(f *pflag.FlagSet) {
	f.StringVar(&o.Unit, "unit", "", "`UNIT` of numbers without one: ns, us, ms or s")
	f.BoolVar(&o.DecimalComma, "decimal-comma", false, "21,5 is a number")
	f.StringVar(&o.match, "match", "", "take the number from the first group of `REGEXP`, or from what it matches, and leave out other lines")
}

// options compiles the given flags.
func (o *importFlags) options() (importer.Options, error) {
	for _, e := range []struct {
		flag, text string
		into       **regexp.Regexp
	}{{"--skip", o.skip, &o.Skip}, {"--match", o.match, &o.Match}} {
		if e.text == "" {
			continue
		}
		compiled, err := regexp.Compile(e.text)
		if err != nil {
			return o.Options, fmt.Errorf("%s: %w", e.flag, err)
		}
		*e.into = compiled
	}
	if o.Unit != "" {
		if _, err := importer.Nanoseconds(o.Unit); err != nil {
			return o.Options, fmt.Errorf("--unit: %w", err)
		}
	}
	return o.Options, nil
}

// countFrom is the size of a file in bytes from which its lines are counted before
// they are read, so that memory is made for as many numbers and not for twice that.
const countFrom = 16 << 20

// importFile reads a foreign file.
func importFile(f *os.File, path string, o importer.Options) (*importer.File, error) {
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() >= countFrom {
		n, err := countLines(f)
		if err != nil {
			return nil, err
		}
		o.Room = n
	}
	o.Name = path
	return importer.Read(f, o)
}

func countLines(f *os.File) (n int, err error) {
	buffer := make([]byte, 1<<20)
	for {
		k, err := f.Read(buffer)
		n += bytes.Count(buffer[:k], []byte("\n"))
		if errors.Is(err, io.EOF) {
			_, err = f.Seek(0, io.SeekStart)
			return n + 1, err
		}
		if err != nil {
			return 0, err
		}
	}
}

// isRunFile looks at a file's name and its beginning.
func isRunFile(f *os.File) bool {
	if filepath.Ext(f.Name()) == filepath.Ext(runName) {
		return true
	}
	start := make([]byte, record.MagicSize)
	_, err := f.ReadAt(start, 0)
	return err == nil && record.IsRunFile(start)
}

// benchmarkOf is what the samples of a file without names are called: its name up to
// the first dot.
func benchmarkOf(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	if name == "" || name == "-" {
		return "imported"
	}
	return name
}

// runFlags are the flags of commands that judge or show runs.
type runFlags struct {
	importFlags
	name string
}

func (r *runFlags) flags(f *pflag.FlagSet) {
	r.importFlags.flags(f)
	f.StringVar(&r.name, "name", "", "`NAME` of the benchmark in a file without names; default the file's name")
}

// load reads a run file or a foreign file, and its digest.
func (r *runFlags) load(path string) (*record.Run, string, error) {
	options, err := r.options()
	if err != nil {
		return nil, "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	if isRunFile(f) {
		return loadRun(path)
	}
	run, err := foreignRun(f, path, r.name, options)
	if err != nil {
		return nil, "", err
	}
	digest, err := digestOfFile(path)
	return run, digest, err
}

func digestOfFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
