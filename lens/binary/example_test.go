package binary_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/memkit-go/memkit/lens/binary"
)

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Dir = filepath.Join("testdata", "effects")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "GOWORK=off", "CGO_ENABLED=0")
	if err := build.Run(); err != nil {
		fmt.Println(err)
		return
	}
	program, err := binary.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	effects, err := (&binary.Judge{Program: program, File: filepath.Base}).Effects("main.deepChain")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range effects {
		fmt.Println(e.Code, e.Callee, e.What)
		for _, s := range e.Chain {
			fmt.Println("  in", s.Func)
		}
	}
	// Output:
	// ML601 runtime.newobject allocates
	//   in main.deepChain
	//   in main.twoLevels
	//   in main.allocating
}
