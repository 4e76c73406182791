package link_test

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"path/filepath"

	"golang.org/x/tools/go/packages"

	"github.com/memkit-go/memkit/lens/binary"
	"github.com/memkit-go/memkit/lens/link"
)

// A function that no program calls is linked and judged.
func ExampleBuild() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	_ = os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module gain\n\ngo 1.26\n"), 0o600)
	_ = os.WriteFile(filepath.Join(dir, "gain.go"), []byte("package gain\n\nfunc boost(n int) []float32 { return make([]float32, n) }\n"), 0o600)

	loaded, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.LoadSyntax}, ".")
	if err != nil {
		fmt.Println(err)
		return
	}
	p := loaded[0]
	boost := p.Types.Scope().Lookup("boost").(*types.Func)
	built, err := link.Build(context.Background(), link.Config{
		Dir:      dir,
		Packages: []link.Package{{Types: p.Types, Info: p.TypesInfo, Files: p.Syntax, Dir: p.Dir}},
		Keep:     []*types.Func{boost},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer built.Close()
	program, err := binary.Load(built.Executables[0].Path)
	if err != nil {
		fmt.Println(err)
		return
	}
	effects, err := (&binary.Judge{Program: program, File: filepath.Base}).Effects(link.Symbol(boost))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(effects[0])
	// Output: gain.go:3: ML601 runtime.makeslice allocates
}
