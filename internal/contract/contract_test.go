package contract

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func functions(t *testing.T, src string) []Function {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "x.go", "package x\n"+src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return Functions(fset, file)
}

func TestFunctions(t *testing.T) {
	tests := []struct {
		name, src, wantErr string
		wantNone           bool
	}{
		{name: "complete", src: `
// Push appends v.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the producer.
//
//rt:nonblocking
func (r *Ring[T]) Push(v T) {}
`},
		{name: "wrapped line", src: `
// Push appends v.
//
// Cost: O(1), two cache lines. Allocates: no.
// Blocks: no. Caller: the producer.
//
//rt:nonallocating
func (r *Ring[T]) Push(v T) {}
`},
		{name: "no line", wantErr: "no contract line", src: `
// Push appends v.
//
//rt:nonblocking
func Push() {}
`},
		{name: "fields out of order", wantErr: "no contract line", src: `
// Cost: O(1). Blocks: no. Allocates: no. Caller: owner.
//
//rt:nonblocking
func Push() {}
`},
		{name: "a space makes it a comment", wantErr: "has a space", src: `
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
// rt:nonblocking
func Push() {}
`},
		{name: "unknown", wantErr: "//rt:fast: unknown directive", src: `
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:fast
func Push() {}
`},
		{name: "bound without text", wantErr: "without its bound", src: `
// Cost: O(k). Allocates: no. Blocks: no. Caller: owner.
//
//rt:bound
func Drain() {}
`},
		{name: "bound", src: `
// Cost: O(k). Allocates: no. Blocks: no. Caller: owner.
//
//rt:bound k
func Drain() {}
`},
		{name: "no directive, no demand", wantNone: true, src: `
// Len is cheap.
func Len() {}
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := functions(t, tt.src)
			if tt.wantNone {
				if len(found) != 0 {
					t.Fatalf("found %+v, want none", found)
				}
				return
			}
			if len(found) != 1 {
				t.Fatalf("found %d functions, want 1", len(found))
			}
			err := found[0].Err
			if tt.wantErr == "" && err != nil {
				t.Errorf("unexpected: %v", err)
			}
			if tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)) {
				t.Errorf("error %v, want one that contains %q", err, tt.wantErr)
			}
		})
	}
}

func TestNameCarriesReceiver(t *testing.T) {
	found := functions(t, `
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
func (m *Map[K, V]) Get() {}
`)
	if found[0].Name != "Map.Get" {
		t.Errorf("name %q", found[0].Name)
	}
}
