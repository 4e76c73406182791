package qemu

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/memkit-go/memkit/hil/qemu/firmware"
	"github.com/memkit-go/memkit/internal/fieldtext"
	"github.com/memkit-go/memkit/rt"
)

// Config describes a [Board]. The zero value is an LM3S6965 with the PID controller of
// package firmware, which runs as fast as the host lets it.
type Config struct {
	// Program is QEMU; empty means qemu-system-arm in PATH.
	Program string
	// Machine is the board; empty means lm3s6965evb. Its first serial line is the link.
	Machine string
	// Image is the firmware, an ELF file for ARM; nil means firmware.Image.
	Image []byte
	// Split finds the frames in the bytes that the firmware sends: it returns the
	// length of the frame that b begins with, 0 when more bytes are needed, and −n when
	// the first n begin none. nil means firmware.Split.
	Split func(b []byte) int
	// Started tells the frame by which the firmware says that it has started; a reset
	// waits for it. nil means firmware.Started with a nil Image, and that a reset does
	// not wait with another.
	Started func(frame []byte) bool
	// InstructionTime is how long an instruction takes on the board's clock, a power
	// of two of nanoseconds up to 1024. 0 lets the clock follow the host's.
	InstructionTime time.Duration
	// Policy is the kernel's for the threads of QEMU, below the rig's; the zero value
	// and rt.Other leave them as they are. Firmware in an endless loop keeps a CPU
	// busy at this priority.
	Policy rt.Policy
	// Limit is how long, by the wall clock, QEMU may take to start and for each
	// command, and firmware for its start. 0 means 10 s.
	Limit time.Duration
	// Arguments are further ones for QEMU.
	Arguments []string
}

const (
	defaultProgram = "qemu-system-arm"
	defaultMachine = "lm3s6965evb"
	defaultLimit   = 10 * time.Second
	maxInstruction = 1024 * time.Nanosecond // QEMU's shift of 10
)

// String names the settings that are not zero.
func (c Config) String() string { return fieldtext.Of(c, "defaults") }

func (c Config) validate() (Config, error) {
	wrong := func(field string, value any, reason, remedy string) (Config, error) {
		return c, &rt.ConfigError{Package: "qemu", Field: "Config." + field, Value: fmt.Sprint(value), Reason: reason, Remedy: remedy}
	}
	if t := c.InstructionTime; t < 0 || t > maxInstruction || t > 0 && bits.OnesCount64(uint64(t)) != 1 {
		return wrong("InstructionTime", t, "is not a power of two of nanoseconds up to 1024", "give 128ns, or 0 for the host's time")
	}
	if c.Policy != 0 && c.Policy != rt.Other && c.Policy.Priority() == 0 {
		return wrong("Policy", c.Policy, "is not one that several threads can have", "give rt.FIFO(n), or nothing")
	}
	if c.Limit < 0 {
		return wrong("Limit", c.Limit, "is negative", "give some seconds, or 0 for 10s")
	}
	if c.Image != nil {
		if err := check(c.Image); err != nil {
			return c, err
		}
	}
	if c.Image == nil {
		c.Image = firmware.Image()
		if c.Started == nil {
			c.Started = firmware.Started
		}
	}
	if c.Split == nil {
		c.Split = firmware.Split
	}
	if c.Program == "" {
		c.Program = defaultProgram
	}
	if c.Machine == "" {
		c.Machine = defaultMachine
	}
	if c.Limit == 0 {
		c.Limit = defaultLimit
	}
	return c, nil
}

// check refuses what QEMU would load as bare code, or not at all.
func check(image []byte) error {
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return fmt.Errorf("%w: %d bytes that begin with % x", ErrImage, len(image), image[:min(4, len(image))])
	}
	if f.Machine != elf.EM_ARM || f.Class != elf.ELFCLASS32 {
		return fmt.Errorf("%w: this one is for %v", ErrImage, f.Machine)
	}
	return nil
}

// Descriptors that QEMU inherits.
const (
	serialFD = 3 + iota
	qmpFD
	imageFD
)

// arguments is QEMU's command line.
func (c Config) arguments() []string {
	a := []string{
		"-nodefaults", "-display", "none", "-machine", c.Machine,
		"-kernel", "/proc/self/fd/" + strconv.Itoa(imageFD),
		"-chardev", "socket,id=serial,fd=" + strconv.Itoa(serialFD), "-serial", "chardev:serial",
		"-chardev", "socket,id=qmp,fd=" + strconv.Itoa(qmpFD), "-mon", "chardev=qmp,mode=control",
	}
	if c.InstructionTime > 0 {
		a = append(a, "-icount", "shift="+strconv.Itoa(bits.TrailingZeros64(uint64(c.InstructionTime))))
	}
	return append(a, c.Arguments...)
}

// missing is the error of a program that is not there.
func (c Config) missing(err error) error {
	if c.Program != defaultProgram {
		return fmt.Errorf("%w: Config.Program %s: %w", ErrNotInstalled, c.Program, err)
	}
	return fmt.Errorf("%w: %w", ErrNotInstalled, err)
}

// lastLines cuts a text to what an error shows.
func lastLines(text string) string {
	const lines = 12
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
