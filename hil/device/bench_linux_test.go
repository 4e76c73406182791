package device

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain is also the simulated bench: run under the name of a tool, the test's program
// acts on the board whose state is in the directory $MEMKIT_BENCH.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MEMKIT_BENCH"); dir != "" {
		os.Exit(simulate(bench(dir), append([]string{filepath.Base(os.Args[0])}, os.Args[1:]...)))
	}
	os.Exit(m.Run())
}

// bench is a directory with a simulated board: a file "power" that is "on" or "off",
// "flash" with the image, and "boots" with a line for each start.
type bench string

func (b bench) read(name string) string {
	text, err := os.ReadFile(filepath.Join(string(b), name))
	if err != nil {
		return ""
	}
	return string(text)
}

func (b bench) write(name, text string) {
	if err := os.WriteFile(filepath.Join(string(b), name), []byte(text), 0o600); err != nil {
		panic(err)
	}
}

func (b bench) power(on bool) {
	if !on {
		b.write("power", "off")
		return
	}
	b.write("power", "on")
	b.boot()
}

func (b bench) boot() { b.write("boots", b.read("boots")+"boot of "+b.read("flash")+"\n") }

// simulate does what the named tool would do to the board, and returns its exit status.
func simulate(b bench, args []string) int {
	refuse := func(text string) int {
		fmt.Fprintln(os.Stderr, text)
		return 1
	}
	switch line := strings.Join(args, " "); {
	case line == "uhubctl -l 1-1 -p 2 -a on", line == "labgrid-client -p shelf power on":
		b.power(true)
	case line == "uhubctl -l 1-1 -p 2 -a off", line == "labgrid-client -p shelf power off":
		b.power(false)
	case args[0] == "openocd" && b.read("power") != "on":
		return refuse("Error: init mode failed (unable to connect to the target)")
	case slices.Equal(args[:len(args)-1], []string{"openocd", "-f", "adapter.cfg", "-f", "target.cfg", "-c"}):
		return b.script(args[len(args)-1], refuse)
	case line == "labgrid-client -p shelf power cycle":
		b.power(false)
		b.power(true)
	case strings.HasPrefix(line, "labgrid-client -p shelf bootstrap "):
		return b.script("program "+args[4]+" verify reset exit", refuse)
	case line == "labgrid-client -p shelf console":
		fmt.Print(b.read("boots"))
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			fmt.Println("you said " + in.Text())
		}
	case args[0] == "hang": // and a child that holds the output open
		p, err := os.StartProcess("/proc/self/exe", []string{"wait"}, &os.ProcAttr{Files: []*os.File{nil, os.Stdout, os.Stderr}})
		if err != nil {
			return refuse(err.Error())
		}
		b.write("child", fmt.Sprint(p.Pid))
		fmt.Println("waiting")
		unix.Pause()
	case args[0] == "wait":
		unix.Pause()
	default:
		return refuse("unknown command: " + line)
	}
	return 0
}

// script is a script of OpenOCD.
func (b bench) script(text string, refuse func(string) int) int {
	image, isProgram := strings.CutPrefix(text, "program ")
	switch {
	case isProgram && strings.HasSuffix(image, " verify reset exit"):
		content, err := os.ReadFile(strings.TrimSuffix(image, " verify reset exit"))
		if err != nil {
			return refuse("Error: couldn't open " + image)
		}
		b.write("flash", string(content))
		b.boot()
	case text == "init; reset run; shutdown":
		b.boot()
	default:
		return refuse("unknown script: " + text)
	}
	return 0
}

// newBench makes a bench whose tools are first in PATH.
func newBench(t *testing.T) bench {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tools, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"openocd", "uhubctl", "labgrid-client", "hang"} {
		if err := os.Symlink(program, filepath.Join(tools, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", tools)
	t.Setenv("MEMKIT_BENCH", dir)
	return bench(dir)
}
