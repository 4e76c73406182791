package alloctrace

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
)

// checkTrace is the one statement of what a well-formed trace is: allocations
// into empty slots, frees of full ones, nothing left, and honest books.
func checkTrace(t *testing.T, tr *Trace) {
	t.Helper()
	live := make([]uint32, tr.Slots)
	var bytes, peak int64
	for i, op := range tr.Ops {
		if int(op.Slot) >= tr.Slots {
			t.Fatalf("%s: op %d: slot %d of %d", tr.Name, i, op.Slot, tr.Slots)
		}
		if (op.Size == 0) != (live[op.Slot] != 0) {
			t.Fatalf("%s: op %d: size %d on a slot that holds %d", tr.Name, i, op.Size, live[op.Slot])
		}
		bytes += int64(op.Size) - int64(live[op.Slot])
		live[op.Slot] = op.Size
		peak = max(peak, bytes)
	}
	if bytes != 0 {
		t.Fatalf("%s: %d bytes left live", tr.Name, bytes)
	}
	if peak != tr.PeakLive {
		t.Fatalf("%s: PeakLive %d, the operations give %d", tr.Name, tr.PeakLive, peak)
	}
}

func TestPatternsAreWellFormed(t *testing.T) {
	const n = 50_000
	for _, tr := range patterns(3, n) {
		checkTrace(t, tr)
		if tr.Name != "recorded" && (len(tr.Ops) < n*8/10 || len(tr.Ops) > n*12/10) {
			t.Errorf("%s: %d operations, want about %d", tr.Name, len(tr.Ops), n)
		}
		if tr.PeakLive < 1<<20 {
			t.Errorf("%s: %d bytes at the peak: too few next to an arena's fixed part", tr.Name, tr.PeakLive)
		}
	}
}

func TestSeedDecidesEveryByte(t *testing.T) {
	one, same, other := patterns(3, 20_000), patterns(3, 20_000), patterns(4, 20_000)
	for i := range one {
		if !slices.Equal(one[i].Ops, same[i].Ops) {
			t.Errorf("%s: two traces of one seed differ", one[i].Name)
		}
		if one[i].Name != "recorded" && slices.Equal(one[i].Ops, other[i].Ops) {
			t.Errorf("%s: two seeds give one trace", one[i].Name)
		}
	}
}

// The digests are golden: a change to a generator makes figures of different
// versions incomparable, and has to be seen.
func TestDigests(t *testing.T) {
	for _, c := range []struct {
		trace *Trace
		want  uint32
	}{
		{Fixed(1 << 16), 0x29320e9d},
		{Recorded(), 0xa1b3fba9},
	} {
		if got := c.trace.Digest(); got != c.want {
			t.Errorf("%s: digest %#x, want %#x", c.trace.Name, got, c.want)
		}
	}
}

func TestFixedIsWhatItsDocSays(t *testing.T) {
	tr := Fixed(1 << 18)
	checkTrace(t, tr)
	var octaves [17]int
	var allocs, live, sum int
	for _, op := range tr.Ops {
		if op.Size == 0 {
			live--
			continue
		}
		live++
		sum += live
		allocs++
		if op.Size < 16 || op.Size > 64<<10 {
			t.Fatalf("size %d outside 16 B to 64 KiB", op.Size)
		}
		o := 0
		for op.Size>>o > 1 {
			o++
		}
		octaves[o]++
	}
	if mean := sum / allocs; mean < 900 || mean > 1100 {
		t.Errorf("%d blocks live on average, want about 1000", mean)
	}
	for o := 4; o < 16; o++ {
		if share := float64(octaves[o]) / float64(allocs); share < 0.07 || share > 0.097 {
			t.Errorf("octave 2^%d has %.3f of the sizes, want 1/12", o, share)
		}
	}
}

func compress(t interface{ Fatal(...any) }, raw []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		raw        []byte
	}{
		{"unknown block", "only 1 were made", []byte{2, 0, 2}},
		{"age zero", "free of a block 0", []byte{2, 0, 0}},
		{"double free", "freed twice", []byte{2, 0, 1, 0, 1}},
		{"no age", "unexpected EOF", []byte{2, 0}},
		{"half a varint", "unexpected EOF", []byte{2, 0x80}},
		{"huge", "at most", []byte{0xff, 0xff, 0xff, 0xff, 0x7f}},
	} {
		if _, err := decode(bytes.NewReader(compress(t, c.raw))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
	if _, err := decode(strings.NewReader("plain text")); err == nil {
		t.Error("a file that is no gzip stream was accepted")
	}
	if _, err := decode(bytes.NewReader(gofmtAllocations[:len(gofmtAllocations)/2])); err == nil {
		t.Error("a truncated recording was accepted")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{2, 0, 1})
	f.Add([]byte{2, 4, 0, 2, 0, 1, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if tr, err := decode(bytes.NewReader(compress(t, raw))); err == nil {
			checkTrace(t, tr)
		}
	})
}

func TestCursorWalksRoundAndRound(t *testing.T) {
	tr := Fixed(100)
	c := NewCursor(tr)
	var walked []Op
	for len(walked) < 3*len(tr.Ops) {
		stretch := c.Next(7)
		if len(stretch) == 0 || len(stretch) > 7 {
			t.Fatalf("a stretch of %d operations, want 1 to 7", len(stretch))
		}
		walked = append(walked, stretch...)
	}
	for i, op := range walked {
		if op != tr.Ops[i%len(tr.Ops)] {
			t.Fatalf("operation %d is %v, want %v", i, op, tr.Ops[i%len(tr.Ops)])
		}
	}
}

// patterns are the six traces that fragmentation is measured with, each about
// n operations long: five generated from the seed and one recorded from a real
// program.
func patterns(seed uint64, n int) []*Trace {
	return []*Trace{
		LogUniform(seed, n),
		AudioBlocks(seed, n),
		Messages(seed, n),
		Growing(seed, n),
		SawTooth(seed, n),
		Recorded(),
	}
}
