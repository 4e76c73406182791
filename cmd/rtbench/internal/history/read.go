package history

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// envelopeSuffix is that of signed envelopes, which lie next to the certificates that
// they contain.
const envelopeSuffix = ".dsse.json"

// Read reads the certificates in dir and below, those that the digest knows from the
// digest. Every .json and .jsonl file there has to hold certificates; names that begin
// with a dot are left out.
func Read(dir string) (*History, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s: is not a directory; give the one with the certificates", dir)
	}
	h := &History{}
	index := map[Key]int{}
	d := readDigest(filepath.Join(dir, DigestName))
	renumbered := h.adopt(d, index)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		switch {
		case path != dir && strings.HasPrefix(name, "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir() || strings.HasSuffix(name, envelopeSuffix):
			return nil
		case filepath.Ext(name) != ".json" && filepath.Ext(name) != ".jsonl":
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return nil
		}
		file, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if known, ok := d.files[file]; ok && known.size == info.Size() && known.modified == info.ModTime().UnixNano() {
			for _, p := range known.points {
				p.File = file
				for i := range p.Values {
					p.Values[i].Figure = renumbered[p.Values[i].Figure]
				}
				h.Points = append(h.Points, p)
			}
			return nil
		}
		return h.readFile(path, file, index)
	})
	if err != nil {
		return nil, err
	}
	if len(h.Points) == 0 {
		return nil, fmt.Errorf("%s: has no certificates (.json files, or lines of .jsonl files); rtbench certify writes them", dir)
	}
	h.sort()
	return h, nil
}

// adopt takes the digest's keys over and returns their new numbers.
func (h *History) adopt(d *digest, index map[Key]int) []int {
	numbers := make([]int, len(d.keys))
	for i, k := range d.keys {
		numbers[i] = h.figure(k, index)
	}
	return numbers
}

// readFile reads one file of certificates.
func (h *History) readFile(path, file string, index map[Key]int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if filepath.Ext(file) == ".json" {
		p, err := h.point(text, file, index)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		h.Points, h.Read = append(h.Points, p), h.Read+1
		return nil
	}
	for number, line := range bytes.Split(text, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		p, err := h.point(line, file, index)
		if err != nil {
			// A program that died while it appended a line leaves a part of it.
			if bytes.HasSuffix(text, line) && !bytes.HasSuffix(text, []byte("\n")) {
				h.Torn = append(h.Torn, file)
				return nil
			}
			return fmt.Errorf("%s: line %d %w", path, number+1, err)
		}
		h.Points, h.Read = append(h.Points, p), h.Read+1
	}
	return nil
}
