package gpu_test

import (
	"testing"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
	"github.com/memkit-go/memkit/internal/debug"
)

// TestMargins: debug builds find a write behind a buffer when it is freed.
func TestMargins(t *testing.T) {
	if !debug.Enabled {
		t.Skip("needs the tag rtdebug")
	}
	d := open(t, dummy.Driver{})
	x, err := gpu.NewUpload[byte](d, "short", 100)
	ok(t, err)
	memory, err := x.Bytes()
	ok(t, err)
	if memory[0] != debug.Fresh || memory[99] != debug.Fresh {
		t.Errorf("fresh memory holds %#x", memory[0])
	}
	behind := memory[:cap(memory)]
	if len(behind) != 100 {
		t.Errorf("the slice reaches %d bytes", len(behind))
	}
	_, block := d.Pool(gpu.HostCoherent), d.Backend()
	all, err := block.Map(lastMemory(d), 0, 1<<16)
	ok(t, err)
	for i := range all { // find the buffer, and write the byte behind it
		if &all[i] == &memory[99] {
			all[i+1]++
		}
	}
	wantErr(t, "Free", x.Free(), gpu.ErrOverwritten)
}

// lastMemory is the handle of the dummy's newest memory.
func lastMemory(d *gpu.Device) gpu.Handle { return gpu.Handle(faker(d).Allocations()) }
