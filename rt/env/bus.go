package env

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Checks of the buses that control loops use. A machine without such a device has
// nothing to find: then they are unknown.

var busChecks = []check{
	{
		id: "bus.ftdi_latency", want: "1 ms", who: Root,
		fix:     "write 1 to /sys/bus/usb-serial/devices/*/latency_timer, or `setserial DEVICE low_latency`: at 16 ms, the default, an answer waits for up to 16 periods of 1 kHz",
		inspect: serialLatency,
	},
	{
		id: "bus.can_bitrate", want: "set", who: Root,
		fix:     "ip link set IF type can bitrate 500000 (that of the bus) restart-ms 100, and ip link set IF up",
		inspect: canBitrate,
	},
	{
		id: "bus.can_queue", want: fmt.Sprintf("≤ %d frames", longCANQueue), who: Root,
		fix:     "ip link set IF txqueuelen 10: a long queue sends commands that are old; a short one refuses them, which rt/bus counts",
		inspect: canQueue,
	},
	{
		id: "bus.nic_coalescing", want: "rx-usecs 0", who: Root,
		fix:     "ethtool -C IF adaptive-rx off rx-usecs 0: the card otherwise waits for more packets before its interrupt",
		inspect: coalescing,
	},
}

// longCANQueue is more frames than a loop sends in a period or two.
const longCANQueue = 16

// probed is the directory, next to a network interface's files, of the values that the
// kernel tells through other calls; [Host] has them as files.
const probed = "probed"

// serialLatency inspects the latency timers of USB serial adapters, in ms.
func serialLatency(m machine) (string, Status, error) {
	files, _ := fs.Glob(m.root, "sys/bus/usb-serial/devices/*/latency_timer")
	return m.each(files, "no USB serial adapter with a latency timer", func(file string) (string, Status, error) {
		ms, err := m.number(file)
		if err != nil {
			return "", Unknown, err
		}
		if ms < 0 {
			return "", Unknown, fmt.Errorf("/%s: %d is no time", file, ms)
		}
		return fmt.Sprintf("%s %d ms", path.Base(path.Dir(file)), ms), okIf(ms == 1, Warn), nil
	})
}

// The types of network interfaces, see linux/if_arp.h.
const (
	ethernetType = 1
	canType      = 280
)

// interfaces are the directories of the network interfaces of a type.
func (m machine) interfaces(kind int64) (dirs []string) {
	types, _ := fs.Glob(m.root, "sys/class/net/*/type")
	for _, file := range types {
		if n, err := m.number(file); err == nil && n == kind {
			dirs = append(dirs, path.Dir(file))
		}
	}
	return dirs
}

func canBitrate(m machine) (string, Status, error) {
	return m.each(m.interfaces(canType), "no CAN interface", func(dir string) (string, Status, error) {
		rate, err := m.number(path.Join(dir, probed, "can_bitrate"))
		if err != nil {
			return "", Unknown, err
		}
		if rate <= 0 {
			return path.Base(dir) + " has none", Fail, nil
		}
		return fmt.Sprintf("%s %d bit/s", path.Base(dir), rate), OK, nil
	})
}

func canQueue(m machine) (string, Status, error) {
	return m.each(m.interfaces(canType), "no CAN interface", func(dir string) (string, Status, error) {
		n, err := m.number(path.Join(dir, "tx_queue_len"))
		if err != nil {
			return "", Unknown, err
		}
		if n < 0 {
			return "", Unknown, fmt.Errorf("/%s/tx_queue_len: %d is no length", dir, n)
		}
		return fmt.Sprintf("%s %d frames", path.Base(dir), n), okIf(n >= 1 && n <= longCANQueue, Warn), nil
	})
}

// coalescing inspects how long network cards delay their interrupt. Interfaces that have
// no such setting, such as bridges, are passed over.
func coalescing(m machine) (string, Status, error) {
	var cards []string
	for _, dir := range m.interfaces(ethernetType) {
		if _, err := m.text(path.Join(dir, probed, "rx_usecs")); err == nil {
			cards = append(cards, dir)
		}
	}
	return m.each(cards, "no network card with the setting", func(dir string) (string, Status, error) {
		us, err := m.number(path.Join(dir, probed, "rx_usecs"))
		if err != nil {
			return "", Unknown, err
		}
		if us < 0 {
			return "", Unknown, fmt.Errorf("/%s: %d is no time", dir, us)
		}
		return fmt.Sprintf("%s rx-usecs %d", path.Base(dir), us), okIf(us == 0, Warn), nil
	})
}

// each inspects several things of a kind and returns the values with the worst status.
// What cannot be read is passed over where anything can.
func (m machine) each(names []string, none string, inspect func(name string) (string, Status, error)) (string, Status, error) {
	var values []string
	var last error
	worst := OK
	for _, name := range names {
		value, status, err := inspect(name)
		if err != nil {
			last = err
			continue
		}
		values = append(values, value)
		if status == Fail || status == Warn && worst == OK {
			worst = status
		}
	}
	switch {
	case len(values) > 0 && last != nil && worst == OK:
		return "", Unknown, last
	case len(values) > 0:
		return strings.Join(values, ", "), worst, nil
	case last != nil:
		return "", Unknown, last
	}
	return "", Unknown, fmt.Errorf("%s", none)
}
