package wav_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/memkit-go/memkit/rt/audio/wav"
)

// A whole sound, written and read.
func Example() {
	var file bytes.Buffer
	ramp := &wav.Sound{Rate: 48000, Channels: [][]float32{{0, 0.25, 0.5, 0.75}}}
	if err := wav.Write(&file, ramp, wav.Float32); err != nil {
		fmt.Println(err)
		return
	}
	sound, err := wav.Read(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sound, sound.Channels)
	// Output: 48000 Hz, 1 channels, 4 frames [[0 0.25 0.5 0.75]]
}

// Block by block from one file to another, with memory for one block.
func ExampleReader() {
	var in, out bytes.Buffer
	if err := wav.Write(&in, &wav.Sound{Rate: 48000, Channels: [][]float32{{0.5, -0.5, 0.25}}}, wav.PCM16); err != nil {
		fmt.Println(err)
		return
	}
	r, err := wav.NewReader(&in)
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := wav.NewWriter(&out, wav.WriterConfig{Rate: r.Info().Rate, Channels: r.Info().Channels, Format: wav.PCM24})
	if err != nil {
		fmt.Println(err)
		return
	}
	block := [][]float32{make([]float32, 2)}
	for {
		n, readErr := r.ReadFrames(block)
		for i := range block[0][:n] {
			block[0][i] /= 2
		}
		if err := w.WriteFrames([][]float32{block[0][:n]}); err != nil {
			fmt.Println(err)
			return
		}
		if errors.Is(readErr, io.EOF) {
			break
		}
		if readErr != nil {
			fmt.Println(readErr)
			return
		}
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	sound, err := wav.Read(&out)
	fmt.Println(sound.Channels, err)
	// Output: [[0.25 -0.25 0.125]] <nil>
}
