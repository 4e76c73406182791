package wav

import "fmt"

// Format is how a file stores a sample.
type Format uint8

const (
	// Float32 keeps every bit of a sample.
	Float32 Format = iota
	// PCM16 and PCM24 are signed integers. What lies beyond −1 to 1 is clipped, and
	// NaN becomes 0, as in every integer format.
	PCM16
	PCM24
	// PCM8 is an unsigned integer, 128 for 0.
	PCM8
	// PCM32 is a signed integer; a float32 sample fills 24 of its bits.
	PCM32
	// Float64 holds a float32 sample exactly.
	Float64

	formats
)

// String gives the encoding and the bits, "PCM of 16 bits".
func (f Format) String() string {
	switch {
	case f >= formats:
		return fmt.Sprintf("unknown format %d", uint8(f))
	case f.float():
		return fmt.Sprintf("float of %d bits", 8*f.bytes())
	default:
		return fmt.Sprintf("PCM of %d bits", 8*f.bytes())
	}
}

// bytes a sample takes in the file.
func (f Format) bytes() int { return [formats]int{4, 2, 3, 1, 4, 8}[f] }

func (f Format) float() bool { return f == Float32 || f == Float64 }

// Codes of the fmt chunk.
const (
	codePCM        = 1
	codeFloat      = 3
	codeExtensible = 0xFFFE
)

// names of the encodings that are refused, by their code.
var names = map[uint16]string{
	0x0002: "Microsoft ADPCM", 0x0006: "A-law", 0x0007: "µ-law", 0x0011: "IMA ADPCM",
	0x0031: "GSM 6.10", 0x0050: "MPEG", 0x0055: "MP3", 0x00FF: "AAC",
	0x0161: "Windows Media Audio", 0x0162: "Windows Media Audio", 0xF1AC: "FLAC",
}

// encodingName names an encoding for an error.
func encodingName(code uint16) string {
	if name, ok := names[code]; ok {
		return fmt.Sprintf("%s (format %d)", name, code)
	}
	return fmt.Sprintf("format %d", code)
}

// formatOf returns the format of an encoding with so many bits a sample. Bits that
// do not fill their bytes are the upper ones.
func formatOf(code uint16, bits int) (Format, bool) {
	switch {
	case code == codeFloat && bits == 32:
		return Float32, true
	case code == codeFloat && bits == 64:
		return Float64, true
	case code != codePCM:
		return 0, false
	}
	switch bits {
	case 8:
		return PCM8, true
	case 12, 16:
		return PCM16, true
	case 20, 24:
		return PCM24, true
	case 32:
		return PCM32, true
	}
	return 0, false
}
