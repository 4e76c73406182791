package machinecode

import (
	"debug/elf"
	"debug/gosym"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// Binary is the code of a linked Go program in ELF format, for amd64 or arm64.
type Binary struct {
	arch  architecture
	text  []byte
	start uint64 // address of text
	funcs *gosym.Table
}

// Self opens the running program, which may have C in it.
//
//go:noinline
func Self() (*Binary, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("machinecode: %w", err)
	}
	b, err := Open(path)
	if err != nil {
		return nil, err
	}
	// C code comes first in the text section; this function's address tells how much.
	pc, _, _, _ := runtime.Caller(0)
	self := runtime.FuncForPC(pc)
	fn := b.funcs.LookupFunc(self.Name())
	if fn == nil || uint64(self.Entry()) == fn.Entry {
		return b, nil
	}
	return open(path, uint64(self.Entry())-fn.Entry)
}

// Open reads the binary at path, which has no C in it. It needs no symbol table: go
// test links without one.
func Open(path string) (*Binary, error) { return open(path, 0) }

// open reads a binary whose Go code begins that many bytes into the text section.
func open(path string, skew uint64) (*Binary, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("machinecode: %s: %w", path, err)
	}
	defer f.Close()
	b := &Binary{}
	switch f.Machine {
	case elf.EM_X86_64:
		b.arch = amd64{}
	case elf.EM_AARCH64:
		b.arch = arm64{}
	default:
		return nil, fmt.Errorf("machinecode: %s: code for %v: only amd64 and arm64 can be read", path, f.Machine)
	}
	text, lines := f.Section(".text"), f.Section(".gopclntab")
	if text == nil || lines == nil {
		return nil, fmt.Errorf("machinecode: %s: no .text or .gopclntab section: not a Go program", path)
	}
	if b.text, err = text.Data(); err != nil {
		return nil, fmt.Errorf("machinecode: %s: %w", path, err)
	}
	pcln, err := lines.Data()
	if err != nil {
		return nil, fmt.Errorf("machinecode: %s: %w", path, err)
	}
	b.start = text.Addr
	if b.funcs, err = gosym.NewTable(nil, gosym.NewLineTable(pcln, text.Addr+skew)); err != nil {
		return nil, fmt.Errorf("machinecode: %s: %w", path, err)
	}
	return b, nil
}

// Func decodes the function with the name that the linker knows it by,
// "path/to/pkg.(*Type).Method".
func (b *Binary) Func(name string) (*Func, error) {
	fn := b.funcs.LookupFunc(name)
	if fn == nil {
		return nil, fmt.Errorf("machinecode: %s: not in the binary; is it called, and not inlined everywhere?", name)
	}
	if fn.Entry < b.start || fn.End-b.start > uint64(len(b.text)) {
		return nil, fmt.Errorf("machinecode: %s: outside of the text section", name)
	}
	return b.decode(fn), nil
}

// nameAt is the function that begins at address, "" if none does.
func (b *Binary) nameAt(address uint64) string {
	if fn := b.funcs.PCToFunc(address); fn != nil && fn.Entry == address {
		return fn.Name
	}
	return ""
}

// ErrInstrumented: the running program was not compiled as a release is, so its
// code differs from a release's.
var ErrInstrumented = errors.New("machinecode: built for fuzzing or debugging, or with -race, -asan, -msan, -cover or -gcflags")

// Release returns ErrInstrumented when the running program was built with
// flags that change its code, else nil.
func Release() error {
	if fuzz := flag.Lookup("test.fuzz"); fuzz != nil && fuzz.Value.String() != "" {
		return ErrInstrumented
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "-race", "-asan", "-msan", "-cover":
			if s.Value == "true" {
				return ErrInstrumented
			}
		case "-gcflags":
			if strings.TrimSpace(s.Value) != "" {
				return ErrInstrumented
			}
		case "-tags":
			if slices.Contains(strings.Split(s.Value, ","), "rtdebug") {
				return ErrInstrumented
			}
		}
	}
	return nil
}
