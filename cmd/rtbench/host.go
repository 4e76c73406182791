package main

import (
	"context"
	"maps"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/checkout"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/history"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/throttle"

	"github.com/memkit-go/memkit/rt/env"
)

// inspectHost checks the machine that this process runs on.
func inspectHost() []env.Finding {
	return append(env.Check(env.Host()), throttle.Findings(env.Host())...)
}

// hostCPUTime reads how much CPU time the machine has had so far.
func hostCPUTime() (env.CPUTime, error) { return env.ReadCPUTime(env.Host()) }

// environment is what a run file says of the machine, of the caller and of the commit.
func (a *app) environment() map[string]string {
	all := a.fingerprint()
	maps.Copy(all, a.caller.Facts())
	if a.commit != nil {
		if c := a.commit(context.Background()); c != "" {
			all[history.CommitKey] = c
		}
	}
	return all
}

// commitHere is the checked-out commit of the git repository around the working
// directory, with "+changes" where the tree has others.
func commitHere(ctx context.Context) string {
	c, ok := checkout.Commit(ctx, "", "HEAD")
	if ok && checkout.Changed(ctx, "") {
		c += "+changes"
	}
	return c
}

// withoutRight says what a measurement lacks when a right is missing.
var withoutRight = map[string]string{
	"rights.realtime":        "strict loops and the C thread cannot be measured, other loops run in portable mode",
	"rights.memlock":         "pages are not locked, so that a fault can delay a loop",
	"rights.cpu_dma_latency": "CPUs may sleep deeply, so that wake-ups come later",
	"rights.cgroup_rt":       "strict loops and the C thread cannot be measured",
	"rights.cpus":            "a loop shares the only CPU with the rest of the program",
}

// missing lists the rights that this process does not have, and what that costs.
func missing(findings []env.Finding) []string {
	var lines []string
	for _, f := range findings {
		cost, known := withoutRight[f.ID]
		if known && (f.Status == env.Warn || f.Status == env.Fail) {
			lines = append(lines, f.ID+" ("+f.Value+"): "+cost)
		}
	}
	return lines
}

// machine describes the computer in a few words.
func machine(fingerprint map[string]string) string {
	var parts []string
	for _, key := range []string{"cpu.model", "kernel.release", "kernel.preempt"} {
		if v := fingerprint[key]; v != "" && v != "unknown" {
			parts = append(parts, v)
		}
	}
	if cpus := fingerprint["cpu.online"]; cpus != "" && cpus != "unknown" {
		parts = append(parts, "CPUs "+cpus)
	}
	if h := fingerprint["hypervisor"]; h == "present" {
		parts = append(parts, "virtual")
	}
	return strings.Join(parts, ", ")
}
