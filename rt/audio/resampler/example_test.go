package resampler_test

import (
	"fmt"

	"github.com/memkit-go/memkit/rt/audio/resampler"
)

// A microphone whose clock is 100 ppm fast and a loudspeaker, in simulated time.
func Example() {
	bridge, err := resampler.New(resampler.Config{InRate: 48000, InFrames: 64, OutFrames: 64})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bridge.Close()
	microphone, loudspeaker := [][]float32{make([]float32, 64)}, [][]float32{make([]float32, 64)}
	const block = 64.0 / 48000 * 1e9 // ns
	for k := range 22_500 {          // 30 seconds
		// In the callbacks of the two devices, with the time of a steady clock:
		bridge.Write(microphone, int64(float64(k+1)*block/1.0001))
		bridge.Read(loudspeaker, int64(float64(k+1)*block))
	}
	s := bridge.Stats()
	fmt.Printf("%.1f ppm, locked %v\n", s.PartsPerMillion, s.Locked)
	// Output: 100.0 ppm, locked true
}
