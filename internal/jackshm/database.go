package jackshm

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Dir is where JACK keeps its files unless it was built for another place.
const Dir = "/dev/shm"

// Database is a user's metadata database, which all JACK programs of that user share.
type Database struct {
	// Path of its directory.
	Path string
	// Present: the directory exists. A server that ends well removes it.
	Present bool
	// Incomplete: its creator has begun and not completed it. Other programs wait until
	// it does.
	Incomplete bool
	// Users are the processes that have it mapped, as far as they can be read.
	Users []int
	// Waiting are those of them in which a thread waits for a lock of the database.
	Waiting []int
}

// completed is the number that Berkeley DB puts at the beginning of an environment last
// of all; the major version, which it puts there first, is at byte 8.
const completed = 0x120897

// InspectDatabase looks at a user's database. root is the machine's file system, and dir
// where JACK keeps its files, normally [Dir].
func InspectDatabase(root fs.FS, dir string, uid int) Database {
	d := Database{Path: path.Join(dir, "jack_db-"+strconv.Itoa(uid))}
	if _, err := fs.Stat(root, relative(d.Path)); err != nil {
		return d
	}
	d.Present = true
	head, err := fs.ReadFile(root, relative(d.Path)+"/__db.001")
	d.Incomplete = err == nil && len(head) >= 12 && binary.NativeEndian.Uint32(head) != completed && binary.NativeEndian.Uint32(head[8:]) != 0
	own := identities(root, d.Path)
	files, _ := fs.Glob(root, "proc/[0-9]*/maps")
	for _, file := range files {
		pid, err := strconv.Atoi(path.Base(path.Dir(file)))
		if err != nil {
			continue
		}
		if spans := mappings(root, pid, own); len(spans) > 0 {
			d.Users = append(d.Users, pid)
			if waitsWithin(root, pid, spans) {
				d.Waiting = append(d.Waiting, pid)
			}
		}
	}
	return d
}

// Abandoned reports whether it is there and no process uses it.
func (d Database) Abandoned() bool { return d.Present && len(d.Users) == 0 }

// Err returns an error where programs wait for the database and none could let them go
// on: it is incomplete and its creator has gone, or all that use it wait for a lock. A
// process that is known to wait, such as a server that does not become ready, is no
// creator; without one, waiting is 0.
func (d Database) Err(waiting int) error {
	creator := slices.ContainsFunc(d.Users, func(pid int) bool { return pid != waiting })
	switch {
	case d.Incomplete && !creator:
		return fmt.Errorf("a program that was killed has left JACK's metadata database %s incomplete, and each JACK program of this user waits for it; remove it: %s", d.Path, d.remedy())
	case len(d.Waiting) > 0 && len(d.Waiting) == len(d.Users):
		return d.ErrLocked()
	}
	return nil
}

// ErrLocked is the error for a process that waits for a lock of the database and waits
// for longer than any use of it takes.
func (d Database) ErrLocked() error {
	return fmt.Errorf("a program that was killed has left JACK's metadata database %s locked, and each JACK program of this user waits for the lock; remove it: %s", d.Path, d.remedy())
}

func (d Database) remedy() string { return "rm -r " + d.Path }

// span is an address range.
type span struct{ from, to uint64 }

// identities are words of the lines of /proc/PID/maps in which files of a directory
// stand.
func identities(root fs.FS, dir string) (words []string) {
	files, _ := fs.Glob(root, relative(dir)+"/__db.*")
	for _, file := range files {
		word := " /" + file + "\n"
		if info, err := fs.Stat(root, file); err == nil && identity(info) != "" {
			word = identity(info)
		}
		words = append(words, word)
	}
	return words
}

// mappings are the addresses at which a process has files of these identities.
func mappings(root fs.FS, pid int, files []string) (spans []span) {
	text, err := fs.ReadFile(root, fmt.Sprintf("proc/%d/maps", pid))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if !slices.ContainsFunc(files, func(word string) bool { return strings.Contains(line, word) }) {
			continue
		}
		addresses, _, _ := strings.Cut(line, " ")
		low, high, _ := strings.Cut(addresses, "-")
		from, err := strconv.ParseUint(low, 16, 64)
		if err != nil {
			continue
		}
		if to, err := strconv.ParseUint(high, 16, 64); err == nil {
			spans = append(spans, span{from, to})
		}
	}
	return spans
}

// waitsWithin reports whether a thread of the process is in a system call whose first
// argument is an address in one of the spans: it waits for a lock there.
func waitsWithin(root fs.FS, pid int, spans []span) bool {
	calls, _ := fs.Glob(root, fmt.Sprintf("proc/%d/task/[0-9]*/syscall", pid))
	for _, file := range calls {
		text, err := fs.ReadFile(root, file)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(text))
		if len(fields) < 2 {
			continue // it runs
		}
		address, err := strconv.ParseUint(strings.TrimPrefix(fields[1], "0x"), 16, 64)
		if err != nil {
			continue
		}
		for _, s := range spans {
			if s.from <= address && address < s.to {
				return true
			}
		}
	}
	return false
}

// relative is an absolute path as fs.FS wants it.
func relative(path string) string { return strings.TrimPrefix(path, "/") }
