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
	source, path := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	_ = os.WriteFile(source, []byte(`package main

//go:noinline
func average(values []float64) *float64 {
	sum := total(values)
	mean := sum / float64(len(values))
	return &mean
}

func total(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

func main() { println(average([]float64{1, 2})) }
`), 0o600)
	build := exec.Command("go", "build", "-o", path, source)
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	if err := build.Run(); err != nil {
		fmt.Println(err)
		return
	}
	program, err := binary.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	effects, err := (&binary.Judge{Program: program, File: filepath.Base}).Effects("main.average")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range effects {
		fmt.Println(e)
	}
	// Output: main.go:6: ML601 runtime.newobject allocates
}
