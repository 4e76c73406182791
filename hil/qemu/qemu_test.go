package qemu

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/hil/qemu/firmware"
	"github.com/memkit-go/memkit/rt"
)

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{InstructionTime: 100}, "qemu: Config.InstructionTime 100ns: is not a power of two of nanoseconds up to 1024; give 128ns"},
		{Config{InstructionTime: 2048}, "InstructionTime 2.048µs"},
		{Config{InstructionTime: -1}, "InstructionTime -1ns"},
		{Config{Policy: rt.Deadline(time.Millisecond, time.Second)}, "qemu: Config.Policy"},
		{Config{Limit: -1}, "qemu: Config.Limit -1ns: is negative"},
	} {
		var wrong *rt.ConfigError
		if _, err := c.config.validate(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.config, err, c.want)
		}
	}
	for _, image := range [][]byte{{}, []byte("\x7fELF"), []byte("#!/bin/sh"), firmware.Image()[:40], otherMachine()} {
		if _, err := (Config{Image: image}).validate(); !errors.Is(err, ErrImage) {
			t.Errorf("an image of %d bytes: %v, want ErrImage", len(image), err)
		}
	}
}

// otherMachine is an image for another processor.
func otherMachine() []byte {
	b := firmware.Image()
	b[18] = 62 // e_machine: x86-64
	return b
}

func TestArguments(t *testing.T) {
	c, err := Config{InstructionTime: 128, Arguments: []string{"-d", "int"}}.validate()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(c.arguments(), " ")
	for _, want := range []string{"-machine lm3s6965evb", "-kernel /proc/self/fd/5", "socket,id=serial,fd=3", "socket,id=qmp,fd=4", "-icount shift=7", "-d int"} {
		if !strings.Contains(got, want) {
			t.Errorf("the arguments are %s: want %s", got, want)
		}
	}
	if c, _ := (Config{}).validate(); strings.Contains(strings.Join(c.arguments(), " "), "icount") {
		t.Error("the clock counts instructions without being asked")
	}
}

func TestStopped(t *testing.T) {
	for stat, want := range map[string]bool{
		"12 (qemu) S 1 2": false, "12 (a) T (b) R 1": false, "12 (a b) T 1": true, "12 (x) t 1": true, "": false, "12 (x)": false,
	} {
		if stopped([]byte(stat)) != want {
			t.Errorf("%q: %t", stat, !want)
		}
	}
}

func TestTexts(t *testing.T) {
	for got, want := range map[string]string{
		Config{}.String(): "defaults",
		Config{InstructionTime: 128, Policy: rt.FIFO(70)}.String():     "InstructionTime 128ns, Policy SCHED_FIFO 70",
		Running.String() + Paused.String():                             "runningpaused",
		Stopped.String() + Ended.String() + State(9).String():          "stopped by a signalendedState(9)",
		(&EndedError{Status: "signal: killed"}).Error():                "qemu: the emulator has ended: signal: killed",
		(&EndedError{Status: "exit status 1", Output: "oops"}).Error(): "qemu: the emulator has ended: exit status 1; it printed:\noops",
		(&CommandError{"stop", "GenericError", "not now"}).Error():     "qemu: stop refused: not now (GenericError)",
		lastLines(strings.Repeat("a\n", 20)):                           strings.TrimSuffix(strings.Repeat("a\n", 12), "\n"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
