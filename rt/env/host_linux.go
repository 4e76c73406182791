package env

import (
	"io/fs"
	"os"
)

// Host is this machine's root directory.
func Host() fs.FS { return os.DirFS("/") }
