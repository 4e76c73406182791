package source

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestZZ(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		t.Skip()
	}
	t0 := time.Now()
	p, err := Load(context.Background(), Config{Dir: os.Getenv("ZZDIR"), Patterns: strings.Fields(os.Getenv("ZZ")), BuildFlags: strings.Fields(os.Getenv("ZZFLAGS"))})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range p.Errors {
		fmt.Println("ERR", e)
	}
	t1 := time.Now()
	r, err := p.Check()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		fmt.Println(f, f.Func, f.Chain)
	}
	if os.Getenv("ZZALL") != "" {
		for _, f := range r.Allowed {
			fmt.Println("allowed", f, f.Func, f.Reason)
		}
		for _, f := range r.Hints {
			fmt.Println("hint", f, f.Func, f.Chain)
		}
	}
	fmt.Println(len(r.Findings), len(r.Hints), len(r.Allowed), "lines", p.Lines(), "load", t1.Sub(t0), "check", time.Since(t1), "roots", len(p.judge.roots))
}
