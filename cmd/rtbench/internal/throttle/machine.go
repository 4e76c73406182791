package throttle

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/memkit-go/memkit/rt/env"
)

// Reading is everything that slows a program down from outside, at one moment.
type Reading struct {
	// Quota has what the control group's quota did so far; Limited is false where
	// that cannot be read.
	Quota   Count
	Limited bool
	// Hot is how often processors have slowed down because they were hot; −1 where
	// they do not tell.
	Hot int64
	// Slowest and Fastest are the processors' frequencies now, in kHz; 0 where they
	// cannot be read, as in most virtual machines.
	Slowest, Fastest int64
}

const cpuFiles = "sys/devices/system/cpu/cpu[0-9]*/"

// ReadAll reads all of it; root is the machine's files.
func ReadAll(root fs.FS) Reading {
	r := Reading{Hot: -1}
	r.Quota, r.Limited = Read(root)
	// A package's count is that of each of its processors; a core's is too.
	for _, name := range []string{"core_throttle_count", "package_throttle_count"} {
		for _, v := range numbers(root, cpuFiles+"thermal_throttle/"+name) {
			r.Hot = max(r.Hot, 0) + v
		}
	}
	for _, v := range numbers(root, cpuFiles+"cpufreq/scaling_cur_freq") {
		if r.Slowest == 0 || v < r.Slowest {
			r.Slowest = v
		}
		r.Fastest = max(r.Fastest, v)
	}
	return r
}

// numbers are those in the files that match, as far as they can be read.
func numbers(root fs.FS, pattern string) (all []int64) {
	files, err := fs.Glob(root, path.Clean(pattern))
	if err != nil {
		return nil
	}
	for _, f := range files {
		text, err := fs.ReadFile(root, f)
		if err != nil {
			continue
		}
		if v, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && v >= 0 && v < math.MaxInt32 {
			all = append(all, v)
		}
	}
	return all
}

// highest is the greatest frequency that any processor may have, 0 where it is unknown.
func highest(root fs.FS) (most int64) {
	for _, v := range numbers(root, cpuFiles+"cpufreq/cpuinfo_max_freq") {
		most = max(most, v)
	}
	return most
}

// slow is the share of the highest frequency below which a processor is slow.
const slow = .8

// Findings are the checks of the doctor: each unknown where it cannot be read.
func Findings(root fs.FS) []env.Finding {
	r := ReadAll(root)
	quota := env.Finding{ID: "host.cpu_quota", Want: "none", Value: "cannot be read", Status: env.Unknown, Who: env.Root, Fix: "raise cpu.max of the control group, or run outside of it"}
	if r.Limited {
		quota.Value, quota.Status = r.Quota.String(), env.OK
		if r.Quota.Quota > 0 {
			quota.Status = env.Warn
		}
	}
	hot := env.Finding{ID: "host.thermal", Want: "0 since boot", Value: "cannot be read", Status: env.Unknown, Who: env.Hypervisor, Fix: "cool the machine, or limit its frequency"}
	if r.Hot >= 0 {
		hot.Value, hot.Status, hot.Who = fmt.Sprintf("slowed down %d times", r.Hot), env.OK, env.Root
		if r.Hot > 0 {
			hot.Status = env.Warn
		}
	}
	clock := env.Finding{ID: "host.frequency", Want: "near the highest, on all CPUs", Value: "cannot be read", Status: env.Unknown, Who: env.Hypervisor, Fix: "cpupower frequency-set -g performance"}
	if most := highest(root); r.Slowest > 0 && most > 0 {
		clock.Value, clock.Status, clock.Who = fmt.Sprintf("%d to %d MHz of %d", r.Slowest/1000, r.Fastest/1000, most/1000), env.OK, env.Root
		if float64(r.Slowest) < slow*float64(most) {
			clock.Status = env.Warn
		}
	}
	all := []env.Finding{quota, hot, clock}
	for i := range all {
		if all[i].Status == env.OK {
			all[i].Fix = ""
		}
	}
	return all
}
