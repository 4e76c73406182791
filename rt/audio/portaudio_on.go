//go:build portaudio && cgo

package audio

import (
	"strings"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/padevice"
)

func portAudio(hostAPI, name string) (backend.Backend, error) {
	return padevice.New(strings.EqualFold(hostAPI, "JACK"), name)
}
