package wav_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/memkit-go/memkit/rt/audio/wav"
)

func Example() {
	dir, err := os.MkdirTemp("", "wav")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	f, err := os.Create(filepath.Join(dir, "ramp.wav"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	ramp := &wav.Sound{Rate: 48000, Channels: [][]float32{{0, 0.25, 0.5, 0.75}}}
	if err := wav.Write(f, ramp, wav.Float32); err != nil {
		fmt.Println(err)
		return
	}
	data, err := os.ReadFile(f.Name())
	if err != nil {
		fmt.Println(err)
		return
	}
	sound, err := wav.Read(bytes.NewReader(data))
	fmt.Println(sound.Rate, sound.Channels, err)
	// Output: 48000 [[0 0.25 0.5 0.75]] <nil>
}
