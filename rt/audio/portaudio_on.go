//go:build portaudio && cgo && linux

package audio

import (
	"github.com/memkit-go/memkit/rt/audio/internal/driver"
	"github.com/memkit-go/memkit/rt/audio/internal/pahook"
)

func portAudio() (driver.Backend, error) { return pahook.New() }
