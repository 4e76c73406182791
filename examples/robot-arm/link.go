package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/guard"
)

// link is where the processes find each other. It goes to the drives and the controller
// as an argument.
type link struct {
	Bus   string
	Arm   string // the controller's end
	Drive string // the drives'
	Safe  string // the guard's second socket
	Guard string // its address
	Ticks int64  // how many periods the controller measures
}

func (l link) argument() string {
	b, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func parseLink(args []string) (l link, err error) {
	if len(args) != 1 {
		return l, errors.New("robot-arm: this process needs its link as an argument")
	}
	return l, json.Unmarshal([]byte(args[0]), &l)
}

// newLink chooses free addresses.
func newLink(kind, dir string) (link, error) {
	l := link{Bus: kind}
	switch kind {
	case "udp":
		for _, address := range []*string{&l.Arm, &l.Drive, &l.Safe} {
			c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				return l, err
			}
			defer c.Close()
			*address = c.LocalAddr().String()
		}
	case "unix":
		l.Arm, l.Drive, l.Safe = filepath.Join(dir, "arm"), filepath.Join(dir, "drives"), filepath.Join(dir, "safe")
	case "memory":
	default:
		return l, fmt.Errorf("--bus %s: there are udp, unix and memory", kind)
	}
	return l, nil
}

// guarded fills the guard's config with the bus to the drives.
func (l link) guarded(c *guard.Config) {
	switch l.Bus {
	case "udp":
		c.UDP, c.SafeLocal = &bus.UDPConfig{Local: l.Arm, Remote: l.Drive}, l.Safe
	case "unix":
		c.Unix, c.SafeLocal = &bus.UnixConfig{Local: l.Arm, Remote: l.Drive}, l.Safe
	case "memory":
		c.Memory = true
	}
}

// drives opens the drives' end: the port to the controller, and the one from which the
// guard's safe frames come where that is another one.
func (l link) drives() (arm, safe bus.Port, err error) {
	switch l.Bus {
	case "udp":
		if arm, err = bus.OpenUDP(bus.UDPConfig{Local: l.Drive, Remote: l.Arm, Share: true}); err != nil {
			return nil, nil, err
		}
		safe, err = bus.OpenUDP(bus.UDPConfig{Local: l.Drive, Remote: l.Safe, Share: true})
		return arm, safe, err
	case "unix":
		arm, err = bus.OpenUnix(bus.UnixConfig{Local: l.Drive, Remote: l.Arm, AnySender: true})
		return arm, arm, err
	}
	m, err := guard.AttachDevice(context.Background(), l.Guard)
	return m, m, err
}
