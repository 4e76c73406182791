package main

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/env"
)

// inUnit are the checks whose advice a unit carries out.
var inUnit = []string{"rights.realtime", "rights.memlock", "rights.cpu_dma_latency", "rights.cpus", "kernel.timerslack", "memory.swap"}

// writeUnit prints a systemd unit for a real-time program on the machine with
// those files. What a unit cannot do follows as comments.
func writeUnit(w io.Writer, root fs.FS, findings []env.Finding) error {
	plan := env.Plan(root)
	var b strings.Builder
	fmt.Fprintf(&b, `# A real-time program under systemd. Write it to
# /etc/systemd/system/my-loop.service, with your program and user in place of
# my-loop and realtime, then: systemctl daemon-reload; systemctl start my-loop
[Unit]
Description=Real-time loop

[Service]
Type=exec
ExecStart=/usr/local/bin/my-loop
User=realtime
# rights.realtime: SCHED_FIFO up to this priority, without being root.
LimitRTPRIO=%d
# rights.memlock: a Go program's address space exceeds any other limit.
LimitMEMLOCK=infinity
# memory.swap: none of the program's pages.
MemorySwapMax=0
# rights.cpu_dma_latency: the user needs the device; a udev rule gives it to a group:
# KERNEL=="cpu_dma_latency", GROUP="realtime", MODE="0660"
# kernel.timerslack: for threads without a real-time policy.
TimerSlackNSec=1
`, rt.DefaultPriority)
	if cpus := env.FingerprintOf(root)["cpu.online"]; cpus != "unknown" {
		fmt.Fprintf(&b, `# rights.cpus: loops take the last of them, and package rt keeps the program's
# other threads off those.
CPUAffinity=%s
`, cpus)
	}
	if len(plan) > 0 {
		fmt.Fprintf(&b, `# %s: while the program runs.
ExecStartPre=-+/usr/local/bin/rtbench doctor --fix --state /run/my-loop.doctor.json
ExecStopPost=-+/usr/local/bin/rtbench doctor --undo --state /run/my-loop.doctor.json
`, strings.Join(planned(plan), ", "))
	}
	b.WriteString("\n[Install]\nWantedBy=multi-user.target\n")
	writeAdvice(&b, findings, plan)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeAdvice lists the faults that no unit can correct.
func writeAdvice(b *strings.Builder, findings []env.Finding, plan []env.Setting) {
	heading := "\n# What a unit cannot do:\n"
	for _, f := range findings {
		open := f.Status == env.Warn || f.Status == env.Fail
		audio := strings.HasPrefix(f.ID, "audio/")
		if !open || audio || f.Who == env.Library || slices.Contains(inUnit, f.ID) || slices.Contains(planned(plan), f.ID) {
			continue
		}
		fmt.Fprintf(b, "%s# %s is %s; %s: %s\n", heading, f.ID, f.Value, f.Who, f.Fix)
		heading = ""
	}
}

// planned are the checks that a plan is for, each once.
func planned(plan []env.Setting) []string {
	var ids []string
	for _, s := range plan {
		if !slices.Contains(ids, s.ID) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}
