package gpu_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
)

// failing is a driver without a device.
type failing struct {
	name string
	err  error
}

func (f failing) Name() string { return f.name }
func (f failing) Open(context.Context, gpu.DriverConfig) (gpu.Backend, error) {
	return nil, f.err
}

func TestOpen(t *testing.T) {
	none := failing{"vulkan", gpu.ErrBackendUnavailable}
	broken := failing{"vulkan", errors.New("vulkan: broken")}
	for _, tt := range []struct {
		name   string
		config gpu.Config
		kind   error
		text   string // in the error
	}{
		{"auto", gpu.Config{Drivers: []gpu.Driver{none, dummy.Driver{}}}, nil, ""},
		{"named", gpu.Config{Backend: "dummy", Drivers: []gpu.Driver{none, dummy.Driver{}}}, nil, ""},
		{"no device", gpu.Config{Drivers: []gpu.Driver{none, none}}, gpu.ErrBackendUnavailable, "no driver found a device: vulkan: "},
		{"broken", gpu.Config{Drivers: []gpu.Driver{broken, dummy.Driver{}}}, nil, "broken"},
		{"no drivers", gpu.Config{}, gpu.ErrBackendUnavailable, "vulkan.Driver{}"},
		{"not among them", gpu.Config{Backend: "vulkan", Drivers: []gpu.Driver{dummy.Driver{}}}, gpu.ErrBackendUnavailable, `"vulkan"`},
		{"metal", gpu.Config{Backend: "metal", Drivers: []gpu.Driver{dummy.Driver{}}}, gpu.ErrBackendUnavailable, "Metal is not implemented"},
		{"dx12", gpu.Config{Backend: "dx12"}, gpu.ErrBackendUnavailable, "DirectX 12 is not implemented"},
		{"nil driver", gpu.Config{Drivers: []gpu.Driver{nil}}, nil, "Drivers[0]"},
		{"block size", gpu.Config{BlockSize: 5, Drivers: []gpu.Driver{dummy.Driver{}}}, nil, "BlockSize 5"},
		{"buffers", gpu.Config{MaxBuffers: -1, Drivers: []gpu.Driver{dummy.Driver{}}}, nil, "MaxBuffers -1"},
		{"budget", gpu.Config{Budgets: [4]gpu.Budget{{Soft: 2, Hard: 1}}, Drivers: []gpu.Driver{dummy.Driver{}}}, nil, "Budgets[DeviceLocal]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := gpu.Open(context.Background(), tt.config)
			if tt.text == "" {
				if err != nil {
					t.Fatal(err)
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.text) || tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("%v, want %v with %q", err, tt.kind, tt.text)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestConfigErrors(t *testing.T) {
	d := open(t, dummy.Driver{})
	for text, c := range map[string]gpu.PoolConfig{
		"Type 9":        {Type: 9},
		"Strategy 9":    {Strategy: 9},
		"BlockSize 1":   {BlockSize: 1},
		"Reserve 3":     {Reserve: 3, MaxBlocks: 2},
		"MaxBuffers -1": {MaxBuffers: -1},
		"Hard 1":        {Budget: gpu.Budget{Soft: 2, Hard: 1}},
	} {
		if _, err := d.NewPool(c); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v, want an error with %q", c, err, text)
		}
	}
	k, err := d.NewKernel(doubling())
	if err != nil {
		t.Fatal(err)
	}
	for text, c := range map[string]gpu.ResidentConfig{
		"Groups 17":    {Groups: 17},
		"State 3":      {State: 3},
		"Lifetime 1s":  {Lifetime: time.Second},
		"Probe -1":     {Probe: -1},
		"ProbeLimit":   {ProbeLimit: time.Hour},
		"1 of 1 Argum": {Arguments: make([]gpu.Buffer, 1)},
	} {
		if text == "1 of 1 Argum" {
			text = "3 bindings"
		}
		if _, err := gpu.NewResident[uint32, uint32](context.Background(), d, k, c); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v, want an error with %q", c, err, text)
		}
	}
	if _, err := gpu.NewResident[[3]byte, uint32](context.Background(), d, k, gpu.ResidentConfig{}); !errors.Is(err, gpu.ErrRange) {
		t.Errorf("input of 3 bytes: %v", err)
	}
	if _, err := gpu.NewResident[uint32, *int](context.Background(), d, k, gpu.ResidentConfig{}); err == nil || !strings.Contains(err.Error(), "pointer") {
		t.Errorf("output with a pointer: %v", err)
	}
	if _, err := gpu.NewResident[uint32, uint32](context.Background(), d, nil, gpu.ResidentConfig{}); !errors.Is(err, gpu.ErrKernel) {
		t.Errorf("no kernel: %v", err)
	}
	if _, err := d.NewFrameBarrier("deep", 17, 64); !errors.Is(err, gpu.ErrRange) {
		t.Errorf("frame barrier of depth 17: %v", err)
	}
	if _, err := d.NewFrameBarrier("empty", 2, 0); !errors.Is(err, gpu.ErrRange) {
		t.Errorf("frame barrier of 0 bytes: %v", err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}

func TestStrings(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{gpu.Unified.String(), "Unified"},
		{gpu.MemoryType(7).String(), "MemoryType(7)"},
		{(gpu.Vertex | gpu.TransferDst).String(), "TransferDst|Vertex"},
		{gpu.Usage(0).String(), "none"},
		{gpu.Usage(1 << 20).String(), "unknown"},
		{gpu.Ring.String(), "Ring"},
		{gpu.Strategy(9).String(), "unknown"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
