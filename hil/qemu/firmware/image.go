package firmware

import (
	"bytes"
	_ "embed"
)

//go:embed pid.elf
var image []byte

// Image is the firmware as an ELF file for an LM3S6965 board.
func Image() []byte { return bytes.Clone(image) }
