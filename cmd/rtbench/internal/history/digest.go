package history

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// DigestName is the digest's name. It is rebuilt from the certificates where it is
// missing, old or damaged, and need not be committed.
const DigestName = "history.digest"

// digestVersion is the digest's first line. A digest of another version is not read.
//
//	K bench metric unit             a figure, numbered from 0 in order
//	F size modified points file     a file, and below it its points
//	P commit created machine values "figure:value:upper", separated by blanks
//
// Fields are separated by tabs, and texts are quoted as in Go.
const digestVersion = "memkit.history/1"

// digest is what a digest file knows.
type digest struct {
	keys  []Key
	files map[string]digested
}

type digested struct {
	size, modified int64
	points         []Point
}

// readDigest reads as much of a digest as is whole; of a file that is none, nothing.
func readDigest(path string) *digest {
	d := &digest{files: map[string]digested{}}
	f, err := os.Open(path)
	if err != nil {
		return d
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	line := func() (string, bool) {
		text, err := in.ReadString('\n')
		return strings.TrimSuffix(text, "\n"), err == nil // a line without an end is torn
	}
	if first, ok := line(); !ok || first != digestVersion {
		return d
	}
	for {
		text, ok := line()
		if !ok {
			return d
		}
		fields := strings.Split(text, "\t")
		switch {
		case len(fields) == 4 && fields[0] == "K":
			texts, ok := unquoted(fields[1:])
			if !ok {
				return d
			}
			d.keys = append(d.keys, Key{texts[0], texts[1], texts[2]})
		case len(fields) == 5 && fields[0] == "F":
			var file digested
			var err1, err2, err3 error
			var n int
			file.size, err1 = strconv.ParseInt(fields[1], 10, 64)
			file.modified, err2 = strconv.ParseInt(fields[2], 10, 64)
			n, err3 = strconv.Atoi(fields[3])
			name, ok := unquoted(fields[4:])
			if err1 != nil || err2 != nil || err3 != nil || !ok || n < 0 {
				return d
			}
			for range n {
				text, ok := line()
				if !ok {
					return d
				}
				p, ok := d.point(text)
				if !ok {
					return d
				}
				file.points = append(file.points, p)
			}
			d.files[name[0]] = file
		default:
			return d
		}
	}
}

func unquoted(fields []string) (texts []string, ok bool) {
	for _, f := range fields {
		t, err := strconv.Unquote(f)
		if err != nil {
			return nil, false
		}
		texts = append(texts, t)
	}
	return texts, true
}

func (d *digest) point(text string) (p Point, ok bool) {
	fields := strings.Split(text, "\t")
	if len(fields) != 5 || fields[0] != "P" {
		return p, false
	}
	texts, ok := unquoted(fields[1:4])
	if !ok {
		return p, false
	}
	p.Commit, p.Created, p.Machine = texts[0], texts[1], texts[2]
	p.Values = make([]Value, 0, strings.Count(fields[4], ":")/2)
	for entry := range strings.FieldsSeq(fields[4]) {
		figure, rest, _ := strings.Cut(entry, ":")
		value, upper, _ := strings.Cut(rest, ":")
		i, err1 := strconv.Atoi(figure)
		v, err2 := strconv.ParseFloat(value, 64)
		u, err3 := strconv.ParseFloat(upper, 64)
		if err1 != nil || err2 != nil || err3 != nil || i < 0 || i >= len(d.keys) || !(v > 0) || math.IsInf(v, 0) {
			return p, false
		}
		p.Values = append(p.Values, Value{i, v, u})
	}
	return p, true
}

// WriteDigest writes the digest of the history of dir.
func (h *History) WriteDigest(w io.Writer, dir string) error {
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintln(out, digestVersion)
	for _, k := range h.Keys {
		fmt.Fprintf(out, "K\t%q\t%q\t%q\n", k.Bench, k.Metric, k.Unit)
	}
	byFile := map[string][]Point{}
	var files []string
	for _, p := range h.Points {
		if byFile[p.File] == nil {
			files = append(files, p.File)
		}
		byFile[p.File] = append(byFile[p.File], p)
	}
	slices.Sort(files)
	var line []byte
	for _, file := range files {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || slices.Contains(h.Torn, file) {
			continue // is read again
		}
		fmt.Fprintf(out, "F\t%d\t%d\t%d\t%q\n", info.Size(), info.ModTime().UnixNano(), len(byFile[file]), file)
		for _, p := range byFile[file] {
			line = fmt.Appendf(line[:0], "P\t%q\t%q\t%q\t", p.Commit, p.Created, p.Machine)
			for i, v := range p.Values {
				if i > 0 {
					line = append(line, ' ')
				}
				line = strconv.AppendInt(line, int64(v.Figure), 10)
				line = append(line, ':')
				line = strconv.AppendFloat(line, v.V, 'g', -1, 64)
				line = append(line, ':')
				line = strconv.AppendFloat(line, v.Upper, 'g', -1, 64)
			}
			line = append(line, '\n')
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
