package main

import (
	"encoding/json"
	"testing"
)

// TestGPU measures the dummy, and lavapipe where it is installed.
func TestGPU(t *testing.T) {
	for backend, more := range map[string]string{"dummy": ",rings,bandwidth,memory", "vulkan": ""} {
		if backend == "vulkan" && testing.Short() {
			continue // a software driver takes half a minute with the race detector
		}
		if !testing.Short() {
			more += ",fir" // gpu/fir has it with the race detector
		}
		o := newTestApp().try(t, "gpu", "--backend", backend, "--json", "--n", "12", "--rings", "50", "--most", "1", "--parts", "roundtrips"+more)
		if backend == "vulkan" && o.code != exitPass {
			o.want(t, exitError, "vulkan: ")
			t.Log(o.stderr)
			continue
		}
		o.want(t, exitPass)
		var r map[string]any
		if err := json.Unmarshal([]byte(o.stdout), &r); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"device", "caps", "resident", "submitted", "allocs_per_submit", "validation_messages", "fir_error", "rows"} {
			if _, ok := r[key]; !ok {
				t.Errorf("%s: the JSON has no %q", backend, key)
			}
		}
		if r["failed"] != nil {
			t.Errorf("%s: failed: %v", backend, r["failed"])
		}
		resident := r["resident"].(map[string]any)
		if supported := resident["supported"].(bool); supported != (backend == "dummy") && supported == (resident["reason"] != "") {
			t.Errorf("%s: resident: %v", backend, resident)
		}
		if e := r["fir_error"].(float64); !testing.Short() && e <= 0 || e > 1e-6 {
			t.Errorf("%s: relative error %g", backend, e)
		}
		if backend == "vulkan" && r["allocs_per_submit"].(float64) != 0 {
			t.Errorf("a submission allocates %v times", r["allocs_per_submit"])
		}
	}
}

func TestGPUText(t *testing.T) {
	o := newTestApp().try(t, "gpu", "--backend", "dummy", "--n", "12", "--parts", "roundtrips")
	o.want(t, exitPass, "dummy through dummy", "The device is software", "submitted empty, family 0, Go", "resident empty, Go")
}

func TestGPUErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"gpu", "--backend", "metal"}, "Metal is not implemented"},
		{[]string{"gpu", "--backend", "none"}, "none of Config.Drivers has this name"},
		{[]string{"gpu", "--most", "0"}, "--most 0: must be 1 to 4096 MiB"},
		{[]string{"gpu", "--priority", "100"}, "--priority 100: must be 0 to 98"},
		{[]string{"gpu", "--parts", "speed"}, `part "speed": unknown`},
		{[]string{"gpu", "--n", "1"}, "1 round trips a row"},
	} {
		newTestApp().try(t, c.args...).want(t, exitError, c.want)
	}
}

// TestGPUInterference measures the loads next to a resident kernel.
func TestGPUInterference(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: takes half a minute there")
	}
	o := newTestApp().try(t, "gpu", "--backend", "dummy", "--json", "--n", "12", "--rings", "50", "--most", "1", "--parts", "interference")
	o.want(t, exitPass, "resident empty | nothing")
}
