// Package cache keeps the reports of earlier checks, so that a check of an unchanged
// program is cheap.
//
// A report is kept under a hash of all that it depends on, see [NewKey]. A report with
// errors is never kept, and a damaged file is as good as none.
package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memkit-go/memkit/lens/report"
)

// Dir is a directory of reports. It is made when the first report is kept.
type Dir struct {
	Path string
	// Entries that are kept at most, the latest ones; 0 means 100.
	Entries int
}

const defaultEntries = 100

const suffix = ".report"

// Default is the user's cache directory for memlense.
func Default() (Dir, error) {
	path, err := os.UserCacheDir()
	if err != nil {
		return Dir{}, fmt.Errorf("cache: no directory for it: %w; name one with --cache, or give --no-cache", err)
	}
	return Dir{Path: filepath.Join(path, "memlense")}, nil
}

func (d Dir) file(k Key) string { return filepath.Join(d.Path, string(k)+suffix) }

// Get returns the report that was kept under k; false when there is none, or its file
// is damaged.
func (d Dir) Get(k Key) (*report.Report, bool) {
	text, err := os.ReadFile(d.file(k))
	if err != nil {
		return nil, false
	}
	sum, body, ok := bytes.Cut(text, []byte("\n"))
	if !ok || string(sum) != checksum(body) {
		return nil, false
	}
	r := &report.Report{}
	if json.Unmarshal(body, r) != nil || len(r.Errors) > 0 {
		return nil, false
	}
	now := time.Now()
	// The time of last use, for trimming; a directory that cannot be written to is
	// read all the same.
	_ = os.Chtimes(d.file(k), now, now)
	return r, true
}

// Put keeps a report under k, unless it has errors. The file appears complete or not
// at all.
func (d Dir) Put(k Key, r *report.Report) error {
	if len(r.Errors) > 0 {
		return nil
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.Path, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(d.Path, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(checksum(body) + "\n" + string(body))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), d.file(k)); err != nil {
		return err
	}
	return d.trim()
}

func checksum(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// trim removes the reports that were not used for longest, and files that an
// interrupted Put has left.
func (d Dir) trim() error {
	entries, err := os.ReadDir(d.Path)
	if err != nil {
		return err
	}
	type aged struct {
		name string
		used time.Time
	}
	var kept []aged
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // another process has removed it
		}
		name := filepath.Join(d.Path, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), ".new-") && time.Since(info.ModTime()) > time.Hour:
			os.Remove(name)
		case strings.HasSuffix(e.Name(), suffix):
			kept = append(kept, aged{name, info.ModTime()})
		}
	}
	limit := d.Entries
	if limit == 0 {
		limit = defaultEntries
	}
	slices.SortFunc(kept, func(a, b aged) int { return b.used.Compare(a.used) })
	for i := limit; i < len(kept); i++ {
		os.Remove(kept[i].name)
	}
	return nil
}
