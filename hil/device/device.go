package device

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/internal/endbuffer"
)

// Device is a board on a bench. Its methods may be called from any goroutine; its
// commands, but for the console, run one at a time.
type Device struct {
	c    Config
	busy sync.Mutex
}

// New checks the config, and that each command's program is installed. It runs none.
// Errors: *rt.ConfigError, ErrNotInstalled.
func New(c Config) (*Device, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	return &Device{c: c}, nil
}

// Power switches the device on or off. Errors, of this and of all methods: ErrNoCommand,
// *CommandError.
func (d *Device) Power(ctx context.Context, on bool) error {
	if on {
		return d.run(ctx, "power on", d.c.Power.On)
	}
	return d.run(ctx, "power off", d.c.Power.Off)
}

// Reset restarts the device's program.
func (d *Device) Reset(ctx context.Context) error { return d.run(ctx, "reset", d.c.Reset) }

// Flash writes an image, the path of a file, to the device.
func (d *Device) Flash(ctx context.Context, image string) error {
	command := make([]string, len(d.c.Flash))
	for i, a := range d.c.Flash {
		command[i] = strings.ReplaceAll(a, Image, image)
	}
	return d.run(ctx, "flash", command)
}

func (d *Device) run(ctx context.Context, action string, command []string) error {
	if len(command) == 0 {
		return fmt.Errorf("%w: %s of %s", ErrNoCommand, action, d.c.Name)
	}
	d.busy.Lock()
	defer d.busy.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, d.c.Limit, fmt.Errorf("not done after %v: %w", d.c.Limit, context.DeadlineExceeded))
	defer cancel()
	out := endbuffer.Buffer{Size: 4 << 10}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	ownGroup(cmd)
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &CommandError{Device: d.c.Name, Action: action, Command: command, Output: out.String(), Err: err}
}

// Control is the device for a rig: a reset, and no pause. Its commands end with the
// context.
func (d *Device) Control(ctx context.Context) hil.Control { return control{d, ctx} }

type control struct {
	d   *Device
	ctx context.Context
}

func (c control) Reset() error { return c.d.Reset(c.ctx) }

// Pause cannot be had; that nothing is paused is no error.
func (c control) Pause(on bool) error {
	if !on {
		return nil
	}
	return fmt.Errorf("device: %s: pause: %w", c.d.c.Name, errors.ErrUnsupported)
}
