package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// outputs writes a command's files all together or not at all: each is written
// without a name and gets its name once all are complete. A failed command
// overwrites nothing, no reader sees half a file, and a command that is killed
// leaves no temporary file.
type outputs struct {
	dir string
	// made are the directories that were not there before, outermost first.
	made   []string
	staged []stagedFile
}

// stagedFile is a complete file without its final name.
type stagedFile struct {
	file *os.File
	// temporary is its name where the file system needs one, else empty.
	temporary, final string
}

// openOutputs checks, before anything is measured, that dir can be written to. It
// makes no directory yet.
func openOutputs(dir string) (*outputs, error) {
	o := &outputs{dir: dir}
	at := dir
	for {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return nil, &fs.PathError{Op: "writing to", Path: at, Err: errors.New("is not a directory; give another")}
		case err == nil:
			f, err := createStaged(at, "probe")
			if err != nil {
				return nil, fmt.Errorf("writing to %s: %w", at, err)
			}
			return o, f.discard()
		case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(at) == at:
			return nil, err
		}
		at = filepath.Dir(at)
	}
}

// path is where the file name will be.
func (o *outputs) path(name string) string { return filepath.Join(o.dir, name) }

// makeDir makes the directory and remembers what to remove again.
func (o *outputs) makeDir() error {
	for at := o.dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		o.made = append([]string{at}, o.made...)
	}
	return os.MkdirAll(o.dir, 0o777)
}

// stage writes a file without its name.
func (o *outputs) stage(name string, write func(io.Writer) error) error {
	if err := o.makeDir(); err != nil {
		return err
	}
	s, err := createStaged(o.dir, name)
	if err != nil {
		return err
	}
	o.staged = append(o.staged, s)
	w := bufio.NewWriterSize(s.file, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = s.file.Chmod(0o644)
	}
	if err == nil {
		err = s.file.Sync()
	}
	return err
}

// commit gives every staged file its name.
func (o *outputs) commit() error {
	for len(o.staged) > 0 {
		s := o.staged[0]
		if err := s.name(); err != nil {
			return err
		}
		o.staged = o.staged[1:]
	}
	o.made = nil
	return nil
}

// discard removes the staged files that were not committed, and the directories
// made for it. After commit it does nothing.
func (o *outputs) discard() error {
	var err error
	for _, s := range o.staged {
		err = errors.Join(err, s.discard())
	}
	o.staged = nil
	for i := len(o.made) - 1; i >= 0; i-- {
		_ = os.Remove(o.made[i]) // stays when it has files
	}
	return err
}

// createStaged creates a file in dir that will be called name.
func createStaged(dir, name string) (stagedFile, error) {
	s := stagedFile{final: filepath.Join(dir, name)}
	var err error
	if s.file, err = createUnnamed(dir); err == nil || !errors.Is(err, errors.ErrUnsupported) {
		return s, err
	}
	if s.file, err = os.CreateTemp(dir, "."+name+"-*"); err != nil {
		return s, err
	}
	s.temporary = s.file.Name()
	return s, nil
}

// name gives the file its final name, in place of any file that has it.
func (s stagedFile) name() error {
	temporary, err := s.temporary, error(nil)
	if temporary == "" {
		if temporary, err = linkUnnamed(s.file, s.final); err != nil {
			return errors.Join(err, s.file.Close())
		}
	}
	if err := s.file.Close(); err != nil {
		return err
	}
	return os.Rename(temporary, s.final)
}

func (s stagedFile) discard() error {
	err := s.file.Close()
	if s.temporary != "" {
		err = errors.Join(err, os.Remove(s.temporary))
	}
	return err
}
