//go:build !linux

package env

import "io/fs"

// Host has no files: what the checks read exists on Linux only.
func Host() fs.FS { return nowhere{} }

type nowhere struct{}

func (nowhere) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
