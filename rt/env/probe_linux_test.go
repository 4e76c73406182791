package env

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"testing"
)

func netlinkAttribute(kind uint16, content []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(content)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, content...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// TestBitrate: the bit rate is found among other attributes, and a message that is cut
// off has no other rate.
func TestBitrate(t *testing.T) {
	timing := binary.NativeEndian.AppendUint32(nil, 500_000)
	data := append(netlinkAttribute(5, []byte{1, 2, 3}), netlinkAttribute(canBitTiming, append(timing, make([]byte, 28)...))...)
	info := append(netlinkAttribute(1, []byte("can\x00")), netlinkAttribute(linkInfoData|1<<15, data)...)
	link := append(netlinkAttribute(3, []byte("can0\x00")), netlinkAttribute(linkInfo, info)...)
	if n, err := bitrateOf(link); n != 500_000 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for cut := range link {
		if n, err := bitrateOf(link[:cut]); err == nil && n != 500_000 {
			t.Errorf("%d bytes: %d", cut, n)
		}
	}
}

// TestProbed: values that need a call are files of Host; an interface that does not
// exist has none.
func TestProbed(t *testing.T) {
	for _, name := range []string{"sys/class/net/no-such-if/probed/rx_usecs", "sys/class/net/no-such-if/probed/can_bitrate", "sys/class/net/lo/probed/unknown"} {
		var p *fs.PathError
		if b, err := fs.ReadFile(Host(), name); err == nil || !errors.As(err, &p) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if _, err := fs.ReadFile(Host(), "proc/self/status"); err != nil {
		t.Error(err)
	}
}
