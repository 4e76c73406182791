package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	want := "ten tasks summed up to 46080\n" +
		"twenty tasks shared 2 buffers\n" +
		"received level 3 and the sender's handle is stale: true\n"
	if out.String() != want {
		t.Errorf("got:\n%s", out.String())
	}
}
