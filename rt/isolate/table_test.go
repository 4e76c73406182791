package isolate

import (
	"bytes"
	"errors"
	"fmt"
	"github.com/memkit-go/memkit/rt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
)

func someDeclarations() []*declaration {
	return declarations([]Channel{
		NewQueue[message]("a", 8), NewCell[[3]float64]("b"), NewBlocks[byte]("c", 100), NewQueue[struct{}](strings.Repeat("n", maxNameBytes), 1),
	})
}

func someMemory(t testing.TB) []byte {
	t.Helper()
	layout := layOut(someDeclarations(), cellBytes)
	memory := heapMemory(int(layout.bytes))
	if _, err := prepareMemory(memory, layout, someDeclarations()); err != nil {
		t.Fatal(err)
	}
	return memory
}

// checkTable fails unless the parts of a parsed table are aligned, lie inside
// memory and do not overlap.
func checkTable(t testing.TB, p table, memory []byte) {
	t.Helper()
	owner := make([]int, len(memory)/regionAlign+1)
	take := func(who int, from, n uint64) {
		if from%regionAlign != 0 || from+n > uint64(len(memory)) || from+n < from {
			t.Fatalf("part %d lies at %d+%d of %d bytes", who, from, n, len(memory))
		}
		for unit := from / regionAlign; unit*regionAlign < from+n; unit++ {
			if owner[unit] != 0 {
				t.Fatalf("parts %d and %d overlap at %d", who, owner[unit], unit*regionAlign)
			}
			owner[unit] = who
		}
	}
	take(1, 0, uint64(tableHeader+tableRow*len(p.rows)))
	take(2, p.cells, cellBytes)
	for i, r := range p.rows {
		take(3+i, r.offset, r.regionBytes)
	}
}

func TestIsolateTableRoundTrip(t *testing.T) {
	memory := someMemory(t)
	got, err := parseTable(memory, cellBytes)
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, got, memory)
	if want := layOut(someDeclarations(), cellBytes); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("parsed %v, want %v", got, want)
	}
}

// TestIsolateEveryTableByteIsGuarded: a child must not follow a table that differs in a
// single byte from what its parent wrote, unused bytes included.
func TestIsolateEveryTableByteIsGuarded(t *testing.T) {
	memory := someMemory(t)
	for at := range tableHeader + tableRow*len(someDeclarations()) {
		memory[at] ^= 0x41
		if _, err := parseTable(memory, cellBytes); err == nil {
			t.Errorf("byte %d was changed, and nobody minds", at)
		}
		memory[at] ^= 0x41
	}
}

// resign makes a table that was changed on purpose pass the digest.
func resign(memory []byte) {
	n := min(uint64(order.Uint32(memory[12:])), maxChannels)
	end := min(tableHeader+tableRow*n, uint64(len(memory)))
	order.PutUint64(memory[24:], tableDigest(memory[:end]))
}

// TestIsolateTableThatLies: with a right digest the places are checked all the same.
func TestIsolateTableThatLies(t *testing.T) {
	const second = tableHeader + tableRow
	for _, c := range []struct {
		name   string
		change func(memory []byte)
		want   string
	}{
		{"more channels than fit", func(m []byte) { order.PutUint32(m[12:], 255) }, ""},
		{"too many channels", func(m []byte) { order.PutUint32(m[12:], 1<<31) }, "number of channels"},
		{"larger than it is", func(m []byte) { order.PutUint64(m[16:], 1<<40) }, "its size"},
		{"other cells", func(m []byte) { order.PutUint64(m[40:], 8) }, "size of the cells"},
		{"cells in the table", func(m []byte) { order.PutUint64(m[32:], 0) }, "place of the cells"},
		{"cells outside", func(m []byte) { order.PutUint64(m[32:], 1<<63) }, "place of the cells"},
		{"unknown kind", func(m []byte) { order.PutUint32(m[second+64:], 77) }, "kind of channel 1"},
		{"channel in the cells", func(m []byte) { order.PutUint64(m[second+96:], order.Uint64(m[32:])) }, `place of channel "a"`},
		{"channel not aligned", func(m []byte) { order.PutUint64(m[second+96:], order.Uint64(m[second+96:])+8) }, `place of channel "a"`},
		{"channel to the end of time", func(m []byte) { order.PutUint64(m[second+104:], 1<<64-1) }, `place of channel "a"`},
	} {
		memory := someMemory(t)
		c.change(memory)
		resign(memory)
		if _, err := parseTable(memory, cellBytes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for n := range tableHeader {
		if _, err := parseTable(make([]byte, n), cellBytes); err == nil {
			t.Errorf("%d bytes are no table", n)
		}
	}
}

// TestIsolateChannelMismatch: both sides must mean the same channel.
func TestIsolateChannelMismatch(t *testing.T) {
	p, err := parseTable(someMemory(t), cellBytes)
	if err != nil {
		t.Fatal(err)
	}
	type text struct{ Text [24]byte }
	for name, c := range map[string]Channel{
		"other capacity": NewQueue[message]("a", 16),
		"other type":     NewQueue[text]("a", 8),
		"other kind":     NewBlocks[message]("a", 8),
		"not there":      NewQueue[message]("z", 8),
	} {
		if _, err := p.find(c.declared()); err == nil {
			t.Errorf("%s: found", name)
		} else {
			wantConfigError(t, err, "Config.Channels")
		}
	}
	if _, err := p.find(NewQueue[message]("a", 8).declared()); err != nil {
		t.Error(err)
	}
}

func FuzzTable(f *testing.F) {
	whole := someMemory(f)
	table := tableHeader + tableRow*len(someDeclarations())
	f.Add(whole[:table], uint64(1))
	f.Add(whole[:tableHeader], uint64(2))
	f.Add([]byte{}, uint64(3))
	f.Fuzz(func(t *testing.T, start []byte, seed uint64) {
		memory := bytes.Clone(whole)
		copy(memory, start)
		r := rand.New(rand.NewPCG(seed, 0))
		for range r.IntN(4) { // lies that the digest does not find
			order.PutUint64(memory[8*r.IntN(table/8):], []uint64{0, 128, r.Uint64(), r.Uint64N(uint64(len(memory)))}[r.IntN(4)])
		}
		order.PutUint64(memory[16:], uint64(len(memory)))
		order.PutUint64(memory, tableMagic)
		resign(memory)
		p, err := parseTable(memory, cellBytes)
		if err != nil {
			return
		}
		checkTable(t, p, memory)
		m, err := viewMemory(memory)
		if err != nil {
			t.Fatal(err)
		}
		m.cells.stats()
		for _, d := range someDeclarations() {
			if region, err := m.region(d); err == nil && len(region) != d.size {
				t.Errorf("%v: a region of %d bytes, want %d", d, len(region), d.size)
			}
		}
	})
}

// FuzzReport: whatever a child writes, its parent gets an error or nothing.
func FuzzReport(f *testing.F) {
	f.Add(line(report{Kind: reportFailed, Failure: failureOf(errors.Join(&rt.PrivilegeError{Op: "x", Err: syscall.EPERM}, rt.ErrOverrun))}))
	f.Add(line(report{Kind: reportFailed, Failure: failureOf(&rt.PrivilegeError{Op: "x"})}))
	f.Add([]byte(`{"Kind":"failed","Failure":{"Known":99,"Errno":-1,"Privilege":{}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if failure := parseReport(text).Failure; failure != nil {
			_ = failure.err().Error()
		}
	})
}
