//go:build !linux

package main

import (
	"errors"
	"os"
)

// createUnnamed finds no files without a name here.
func createUnnamed(string) (*os.File, error) { return nil, errors.ErrUnsupported }

// linkUnnamed is not called where there are none.
func linkUnnamed(*os.File, string) (string, error) { return "", errors.ErrUnsupported }

// tolerateFileLimit does nothing: a limit of a file's size ends the process here.
func tolerateFileLimit() {}
