package main

import (
	"os"
	"testing"

	"github.com/memkit-go/memkit/rt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	v, err := run()
	if err != nil || v != 6 {
		t.Errorf("the child says %d, %v", v, err)
	}
	t.Log("the child says", v)
}
