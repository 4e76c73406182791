package env_test

import (
	"fmt"
	"log"
	"testing/fstest"

	"github.com/memkit-go/memkit/rt/env"
)

// The faults of a machine, and who can change them. A real program passes
// env.Host().
func ExampleCheck() {
	root := fstest.MapFS{
		"proc/swaps":                {Data: []byte("Filename Type Size Used Priority\n/dev/sda2 partition 8388604 0 -2\n")},
		"sys/kernel/mm/ksm/run":     {Data: []byte("0\n")},
		"proc/sys/vm/stat_interval": {Data: []byte("1\n")},
		"proc/sys/kernel/osrelease": {Data: []byte("6.18.44\n")},
		"proc/sys/kernel/version":   {Data: []byte("#1 SMP PREEMPT_RT\n")},
	}
	counts := map[env.Status]int{}
	for _, f := range env.Check(root) {
		counts[f.Status]++
		if f.Status == env.Warn || f.Status == env.Fail {
			fmt.Printf("%s is %s, should be %s (%s)\n", f.ID, f.Value, f.Want, f.Who)
		}
	}
	fmt.Println(counts[env.OK], "ok,", counts[env.Unknown], "unknown")
	// Output:
	// memory.swap is /dev/sda2, should be none (root)
	// memory.stat_interval is 1 s, should be ≥ 10 s (root)
	// 2 ok, 35 unknown
}

// The share of CPU time that a hypervisor took while something was measured.
func ExampleReadCPUTime() {
	at := func(line string) fstest.MapFS {
		return fstest.MapFS{"proc/stat": {Data: []byte(line)}}
	}
	before, err := env.ReadCPUTime(at("cpu 100 0 50 800 0 0 0 50 0 0\n"))
	if err != nil {
		log.Fatal(err)
	}
	after, err := env.ReadCPUTime(at("cpu 150 0 60 830 0 0 0 60 0 0\n"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f%% stolen\n", 100*after.StealSince(before))
	// Output: 10% stolen
}
