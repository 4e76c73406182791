package throttle

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/memkit-go/memkit/rt/env"
)

// cpus is a machine of two processors with these counts and frequencies.
func cpus(hot, slowest, fastest, highest string) fstest.MapFS {
	root := fstest.MapFS{}
	set := func(name, text string) {
		if text != "" {
			root["sys/devices/system/cpu/"+name] = &fstest.MapFile{Data: []byte(text + "\n")}
		}
	}
	set("cpu0/thermal_throttle/core_throttle_count", hot)
	set("cpu1/thermal_throttle/package_throttle_count", hot)
	set("cpu0/cpufreq/scaling_cur_freq", slowest)
	set("cpu1/cpufreq/scaling_cur_freq", fastest)
	set("cpu1/cpufreq/cpuinfo_max_freq", highest)
	set("cpufreq/scaling_cur_freq", "1") // no processor
	return root
}

func TestReadAll(t *testing.T) {
	for _, c := range []struct {
		root fstest.MapFS
		want Reading
	}{
		{cpus("3", "800000", "3000000", ""), Reading{Hot: 6, Slowest: 800_000, Fastest: 3_000_000}},
		{cpus("0", "", "", ""), Reading{Hot: 0}},
		{cpus("", "", "", ""), Reading{Hot: -1}},
		{cpus("-4", "many", "99999999999999", ""), Reading{Hot: -1}},
	} {
		if got := ReadAll(c.root); got != c.want {
			t.Errorf("%+v, want %+v", got, c.want)
		}
	}
}

func TestFindings(t *testing.T) {
	status := func(root fstest.MapFS) string {
		var all []string
		for _, f := range Findings(root) {
			if f.Value == "" || f.Want == "" || (f.Fix == "") != (f.Status == env.OK) {
				t.Errorf("%+v", f)
			}
			all = append(all, string(f.Status))
		}
		return strings.Join(all, " ")
	}
	quota := cpus("0", "2900000", "3000000", "3000000")
	quota["proc/self/cgroup"] = &fstest.MapFile{Data: []byte("0::/x\n")}
	quota["sys/fs/cgroup/x/cpu.stat"] = &fstest.MapFile{Data: []byte("nr_throttled 0\nthrottled_usec 0\n")}
	quota["sys/fs/cgroup/x/cpu.max"] = &fstest.MapFile{Data: []byte("50000 100000\n")}
	for want, root := range map[string]fstest.MapFS{
		"unknown unknown unknown": cpus("", "", "", ""),
		"unknown ok ok":           cpus("0", "2900000", "3000000", "3000000"),
		"unknown warn warn":       cpus("1", "800000", "3000000", "3000000"),
		"unknown ok unknown":      cpus("0", "2900000", "3000000", ""),
		"warn ok ok":              quota,
	} {
		if got := status(root); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
