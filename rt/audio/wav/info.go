package wav

import "fmt"

// Info is what a file's header says.
type Info struct {
	// Rate in frames a second.
	Rate int
	// Channels in a frame.
	Channels int
	// Format of the samples.
	Format Format
	// ChannelMask names the loudspeaker of each channel, one bit each in the order
	// of the channels: bit 0 front left, 1 front right, 2 front centre, 3 low
	// frequency, 4 back left, 5 back right, and on as in WAVEFORMATEXTENSIBLE. 0
	// when the file names none.
	ChannelMask uint32
	// Frames in the file, −1 when the header does not say: the file was written to a
	// pipe. A damaged file may hold fewer.
	Frames int64
}

// String gives the rate, the channels, the format and the length.
func (i Info) String() string {
	length := "of unknown length"
	if i.Frames >= 0 {
		length = fmt.Sprintf("%d frames", i.Frames)
	}
	return fmt.Sprintf("%d Hz, %d channels, %v, %s", i.Rate, i.Channels, i.Format, length)
}

const (
	maxChannels = 64
	maxRate     = 1_000_000
)

// frameBytes is the size of a frame in the file.
func (i *Info) frameBytes() int { return i.Channels * i.Format.bytes() }
