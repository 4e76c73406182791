package lint

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// executables are the first bytes of programs: ELF, PE, and Mach-O.
var executables = []string{"\x7fELF", "MZ", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"}

// A program that `go build` left in the tree is easily committed by mistake.
func TestNoPrograms(t *testing.T) {
	out, err := exec.Command("git", "-C", root, "ls-files", "-z").Output()
	if err != nil {
		t.Skip("not a git checkout: ", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if filepath.Ext(name) == ".elf" { // firmware of an emulated board
			continue
		}
		if program, err := isProgram(filepath.Join(root, name)); err != nil && !os.IsNotExist(err) {
			t.Error(err)
		} else if program {
			t.Errorf("%s is a program; remove it: git rm %s", name, name)
		}
	}
}

func isProgram(file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	start := make([]byte, 4)
	n, _ := f.Read(start) // an empty or unreadable file is no program
	for _, magic := range executables {
		if bytes.HasPrefix(start[:n], []byte(magic)) {
			return true, nil
		}
	}
	return false, nil
}
