package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func write(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func TestOutputsCommitTogether(t *testing.T) {
	inDir(t, nil)
	o, err := openOutputs(filepath.Join("a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x", "y"} {
		if err := o.stage(name, write("new "+name)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(o.path(name)); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%s is there before commit", name)
		}
	}
	if err := o.commit(); err != nil {
		t.Fatal(err)
	}
	if err := o.discard(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(listing(t)); got != "map[a/b/x:new x a/b/y:new y]" {
		t.Fatal(got)
	}
}

func TestOutputsDiscard(t *testing.T) {
	inDir(t, nil)
	full := errors.New("disk full")
	o, err := openOutputs("fresh")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.stage("x", write("new")); err != nil {
		t.Fatal(err)
	}
	if err := o.stage("y", func(io.Writer) error { return full }); !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	if err := o.discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("fresh"); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the directory made for it is still there: %v", err)
	}
}

func TestOutputsNeedADirectory(t *testing.T) {
	inDir(t, map[string]string{"file": "text"})
	if _, err := openOutputs("file"); err == nil {
		t.Fatal("a file was taken for a directory")
	}
	if got := fmt.Sprint(listing(t)); got != "map[file:text]" {
		t.Fatal(got)
	}
}
