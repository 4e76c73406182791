//go:build portaudio && cgo && linux

package audio

import (
	"strings"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/pahook"
)

func portAudio(hostAPI string) (backend.Backend, error) {
	return pahook.New(strings.EqualFold(hostAPI, "JACK"))
}
