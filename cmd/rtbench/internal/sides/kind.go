package sides

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/checkout"
)

// Kind is what a side is.
type Kind int

const (
	// Recorded is a run file or a file of another program.
	Recorded Kind = iota + 1
	// Program is a command line or a program.
	Program
	// Commit is one of the git repository around the working directory.
	Commit
)

// kindOf looks at what the user wrote, in this order: a file, a command line with
// arguments, a commit, a program on the path.
func kindOf(ctx context.Context, text string) (Kind, error) {
	if info, err := os.Stat(text); err == nil {
		switch {
		case info.IsDir():
			return 0, fmt.Errorf("%s is a directory; give a program, a file of latencies or a commit", text)
		case info.Mode()&0o111 != 0 || filepath.Ext(text) == ".exe":
			return Program, nil
		}
		return Recorded, nil
	}
	argv, err := Split(text)
	if err != nil {
		return 0, err
	}
	if len(argv) == 0 {
		return 0, errors.New("a side is empty; give a command, a program, a file or a commit")
	}
	if len(argv) > 1 {
		if _, err := exec.LookPath(argv[0]); err != nil {
			return 0, fmt.Errorf("command %q: %w", text, err)
		}
		return Program, nil
	}
	if _, ok := checkout.Commit(ctx, "", text); ok {
		return Commit, nil
	}
	if _, err := exec.LookPath(text); err == nil {
		return Program, nil
	}
	return 0, fmt.Errorf("%q is no file, no program and no commit of a git repository here", text)
}

// Split splits a command line at blanks. Quotes, single or double, keep them; there is
// no other expansion.
func Split(text string) (argv []string, err error) {
	var word strings.Builder
	inWord, quote := false, rune(0)
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				argv = append(argv, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("command %q: a quote is not closed", text)
	}
	if inWord {
		argv = append(argv, word.String())
	}
	return argv, nil
}
