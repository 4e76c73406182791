package device

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/memkit-go/memkit/internal/fieldtext"
	"github.com/memkit-go/memkit/rt"
)

// Config describes a [Device]: its commands, each a program and its arguments. One that
// is not given is an action that the device does not have.
type Config struct {
	// Name appears in errors. It has no default.
	Name string
	// Power switches it.
	Power Switch
	// Reset restarts its program.
	Reset []string
	// Flash writes the image that stands for [Image] in an argument.
	Flash []string
	// Console connects standard input and output to the device's console until it is
	// ended.
	Console []string
	// Limit is how long a command other than Console may take. 0 means 60 s.
	Limit time.Duration
}

// String names the settings that are not zero.
func (c Config) String() string { return fieldtext.Of(c, "defaults") }

const defaultLimit = time.Minute

func (c Config) validate() (Config, error) {
	wrong := func(field string, value any, reason, remedy string) error {
		return &rt.ConfigError{Package: "device", Field: "Config." + field, Value: fmt.Sprint(value), Reason: reason, Remedy: remedy}
	}
	if c.Name == "" {
		return c, wrong("Name", `""`, "must be given", "name the device")
	}
	if c.Limit < 0 {
		return c, wrong("Limit", c.Limit, "is negative", "give the time that a command may take, or 0 for 1m0s")
	}
	if c.Limit == 0 {
		c.Limit = defaultLimit
	}
	if c.Flash != nil && !slices.ContainsFunc(c.Flash, func(a string) bool { return strings.Contains(a, Image) }) {
		return c, wrong("Flash", c.Flash, "does not say where the image goes", "put "+Image+" into an argument")
	}
	for field, command := range map[string][]string{
		"Power.On": c.Power.On, "Power.Off": c.Power.Off, "Reset": c.Reset, "Flash": c.Flash, "Console": c.Console,
	} {
		if command == nil {
			continue
		}
		if len(command) == 0 || command[0] == "" {
			return c, wrong(field, command, "has no program", "give a program and its arguments, or nothing")
		}
		if _, err := exec.LookPath(command[0]); err != nil {
			if p := packages[command[0]]; p != "" {
				return c, fmt.Errorf("%w: Config.%s: %w; install it with: apt-get install %s", ErrNotInstalled, field, err, p)
			}
			return c, fmt.Errorf("%w: Config.%s: %w; install it, or give its path", ErrNotInstalled, field, err)
		}
	}
	return c, nil
}
