//go:build portaudio && cgo && linux

package audio

import (
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/pahook"
)

func portAudio() (backend.Backend, error) { return pahook.New() }
