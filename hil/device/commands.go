package device

import "strconv"

// Image in a command's argument stands for the path given to [Device.Flash].
const Image = "{image}"

// Switch is how a device's power goes on and off.
type Switch struct {
	// On and Off are command lines.
	On, Off []string
}

// Uhubctl switches a port of a USB hub: its location, such as "1-1", and the port.
func Uhubctl(location string, port int) Switch {
	command := func(action string) []string {
		return []string{"uhubctl", "-l", location, "-p", strconv.Itoa(port), "-a", action}
	}
	return Switch{On: command("on"), Off: command("off")}
}

// OpenOCD flashes an image, verifies it and starts it, with the configuration files of
// an adapter and a target.
func OpenOCD(files ...string) []string {
	return openOCD(files, "program "+Image+" verify reset exit")
}

// OpenOCDReset resets a target and lets it run.
func OpenOCDReset(files ...string) []string {
	return openOCD(files, "init; reset run; shutdown")
}

func openOCD(files []string, script string) []string {
	command := []string{"openocd"}
	for _, f := range files {
		command = append(command, "-f", f)
	}
	return append(command, "-c", script)
}

// Labgrid is a place of a labgrid laboratory, which must be acquired: its power,
// bootstrap and console, and a power cycle as the reset.
func Labgrid(place string) Config {
	client := func(arguments ...string) []string {
		return append([]string{"labgrid-client", "-p", place}, arguments...)
	}
	return Config{
		Name:    place,
		Power:   Switch{On: client("power", "on"), Off: client("power", "off")},
		Reset:   client("power", "cycle"),
		Flash:   client("bootstrap", Image),
		Console: client("console"),
	}
}

// packages are those of Debian that have the programs.
var packages = map[string]string{"openocd": "openocd", "uhubctl": "uhubctl", "labgrid-client": "labgrid"}
