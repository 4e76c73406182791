package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// outputs writes a command's files all together or not at all: each is written
// under a temporary name in the same directory and renamed once all are complete.
// A failed command overwrites nothing, and no reader sees half a file.
type outputs struct {
	dir string
	// made is true when the directory was not there before.
	made   bool
	staged []stagedFile
}

type stagedFile struct {
	temporary, final string
}

// openOutputs makes sure, before anything is measured, that dir can be written to.
func openOutputs(dir string) (*outputs, error) {
	_, err := os.Stat(dir)
	o := &outputs{dir: dir, made: errors.Is(err, os.ErrNotExist)}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return nil, errors.Join(err, o.discard())
	}
	return o, errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// path is where the file name will be.
func (o *outputs) path(name string) string { return filepath.Join(o.dir, name) }

// stage writes a file under a temporary name.
func (o *outputs) stage(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(o.dir, "."+name+"-*")
	if err != nil {
		return err
	}
	o.staged = append(o.staged, stagedFile{temporary: f.Name(), final: o.path(name)})
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// commit gives every staged file its name.
func (o *outputs) commit() error {
	for len(o.staged) > 0 {
		s := o.staged[0]
		if err := os.Rename(s.temporary, s.final); err != nil {
			return err
		}
		o.staged = o.staged[1:]
	}
	return nil
}

// discard removes what was staged and not committed, and the directory if it was
// made for it. After commit it does nothing.
func (o *outputs) discard() error {
	var err error
	for _, s := range o.staged {
		err = errors.Join(err, os.Remove(s.temporary))
	}
	o.staged = nil
	if o.made {
		_ = os.Remove(o.dir) // stays when it has files
	}
	return err
}
