package dbc

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"go.einride.tech/can"
	parser "go.einride.tech/can/pkg/dbc"
	"go.einride.tech/can/pkg/descriptor"

	"github.com/memkit-go/memkit/rt/bus"
)

const drive = `VERSION ""
NS_ :
BS_:
BU_: HOST DRIVE
BO_ 257 Command: 8 HOST
 SG_ Torque : 0|16@1- (0.01,0) [-300|300] "Nm" DRIVE
 SG_ Velocity : 23|16@0- (0.5,10) [0|0] "rpm" DRIVE
 SG_ Enable : 32|1@1+ (1,0) [0|1] "" DRIVE
 SG_ Mode M : 36|4@1+ (1,0) [0|15] "" DRIVE
 SG_ Limit m3 : 40|12@1+ (1,-5) [0|0] "A" DRIVE
BO_ 2566844926 State: 64 DRIVE
 SG_ Position : 448|64@1- (0.001,0) [0|0] "rad" HOST
`

func mustParse(t testing.TB, text string) *Database {
	t.Helper()
	db, err := Parse("drive.dbc", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestParse(t *testing.T) {
	db := mustParse(t, drive)
	m, err := db.Message("Command")
	if err != nil || m.ID != (bus.CANID{Value: 257}) || m.Size != 8 || len(m.Signals) != 5 {
		t.Fatalf("%+v, %v", m, err)
	}
	if s, err := db.Message("State"); err != nil || s.ID != (bus.CANID{Value: 2566844926 & (1<<29 - 1), Extended: true}) {
		t.Errorf("%+v, %v", s, err)
	}
	limit, err := m.Signal("Limit")
	if err != nil || !limit.Multiplexed || limit.Switch != 3 || limit.Unit != "A" {
		t.Errorf("%+v, %v", limit, err)
	}
	if mode, err := m.Signal("Mode"); err != nil || !mode.IsSwitch {
		t.Errorf("%+v, %v", mode, err)
	}
	if _, err := db.Message("Nothing"); err == nil {
		t.Error("a message that does not exist")
	}
	if _, err := m.Signal("Nothing"); err == nil {
		t.Error("a signal that does not exist")
	}
}

func TestValues(t *testing.T) {
	db := mustParse(t, drive)
	m, _ := db.Message("Command")
	data := make([]byte, 8)
	for _, c := range []struct {
		signal      string
		value, want float64
		fits        bool
	}{
		{"Torque", -123.456, -123.46, true},
		{"Torque", 301, 300, false},
		{"Torque", -1e9, -300, false},
		{"Velocity", 10, 10, true},
		{"Velocity", -1e6, 10 - 32768*0.5, false},
		{"Velocity", 1e6, 10 + 32767*0.5, false},
		{"Enable", 1, 1, true},
		{"Limit", 4090, 4090, true},
		{"Limit", 5000, 4090, false},
		{"Limit", -6, -5, false},
	} {
		s, err := m.Signal(c.signal)
		if err != nil {
			t.Fatal(err)
		}
		if fits := s.Encode(data, c.value); fits != c.fits {
			t.Errorf("%s = %g: Encode %v, want %v", c.signal, c.value, fits, c.fits)
		}
		if got := s.Decode(data); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s = %g: %g, want %g", c.signal, c.value, got, c.want)
		}
	}
	torque, _ := m.Signal("Torque")
	before := torque.Decode(data)
	if torque.Encode(data, math.NaN()) || torque.Decode(data) != before {
		t.Error("NaN was written")
	}
	if torque.Encode(data[:1], 1) || !math.IsNaN(torque.Decode(data[:1])) {
		t.Error("a frame that is too short was taken")
	}
}

// TestAgainstEinride: every signal of up to 8 bytes, in both byte orders, has the
// bits that the parser's own library gives it, and leaves the others alone.
func TestAgainstEinride(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tested := 0
	for tested < 20_000 {
		start, length, big, signed := r.IntN(64), 1+r.IntN(64), r.IntN(2) == 0, r.IntN(2) == 0
		s, err := newSignal(&parser.SignalDef{
			Name: "S", StartBit: uint64(start), Size: uint64(length), IsBigEndian: big, IsSigned: signed, Factor: 1,
		}, 8)
		if err != nil {
			continue
		}
		tested++
		d := descriptor.Signal{Start: uint8(start), Length: uint8(length), IsBigEndian: big, IsSigned: signed}
		var theirs can.Data
		for i := range theirs {
			theirs[i] = byte(r.Uint32())
		}
		ours := theirs
		raw := r.Uint64() & (math.MaxUint64 >> (64 - length))
		if big {
			theirs.SetUnsignedBitsBigEndian(uint8(start), uint8(length), raw)
		} else {
			theirs.SetUnsignedBitsLittleEndian(uint8(start), uint8(length), raw)
		}
		if !s.SetRaw(ours[:], raw) || ours != theirs {
			t.Fatalf("%+v: %x, want %x", d, ours, theirs)
		}
		if got, ok := s.Raw(theirs[:]); !ok || got != raw {
			t.Fatalf("%+v: read %x, want %x", d, got, raw)
		}
		if signed {
			if got, want := s.Decode(theirs[:]), float64(d.UnmarshalSigned(theirs)); got != want {
				t.Fatalf("%+v: %g, want %g", d, got, want)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for want, text := range map[string]string{
		"drive.dbc:1":                    "BO_ x M: 8 H\n",
		"bits 0 to 16 in a message of 8": "BO_ 1 M: 1 H\n SG_ S : 0|17@1+ (1,0) [0|0] \"\" H\n",
		"starts at bit 64":               "BO_ 1 M: 8 H\n SG_ S : 64|1@1+ (1,0) [0|0] \"\" H\n",
		"9 bits from bit 7":              "BO_ 1 M: 1 H\n SG_ S : 7|9@0+ (1,0) [0|0] \"\" H\n",
		"its factor is 0":                "BO_ 1 M: 8 H\n SG_ S : 0|8@1+ (0,0) [0|0] \"\" H\n",
		"65 bytes; a frame":              "BO_ 1 M: 65 H\n",
	} {
		if _, err := Parse("drive.dbc", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// FuzzParse: whatever a file holds, parsing ends, and every signal that it yields
// stays within its message.
func FuzzParse(f *testing.F) {
	f.Add(drive)
	f.Add("BO_ 1 M: 1 H\n SG_ S : 7|8@0+ (1,0) [0|0] \"\" H\n")
	f.Fuzz(func(t *testing.T, text string) {
		db, err := Parse("fuzz", []byte(text))
		if err != nil {
			return
		}
		for _, m := range db.Messages {
			data := make([]byte, m.Size)
			for i := range m.Signals {
				if s := &m.Signals[i]; !s.SetRaw(data, 1) {
					t.Fatalf("%+v does not lie within %d bytes", s, m.Size)
				} else if raw, ok := s.Raw(data); !ok || raw != 1 {
					t.Fatalf("%+v: wrote 1, read %d", s, raw)
				}
			}
		}
	})
}

func TestNoAllocation(t *testing.T) {
	db := mustParse(t, drive)
	m, _ := db.Message("Command")
	s, _ := m.Signal("Velocity")
	data := make([]byte, 8)
	if n := testing.AllocsPerRun(100, func() { s.Encode(data, s.Decode(data)) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}
