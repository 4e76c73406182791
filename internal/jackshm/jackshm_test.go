package jackshm

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// machine is a file system with a database of user 1000 whose first file begins so.
func machine(head uint32) fstest.MapFS {
	const version = 5
	return fstest.MapFS{
		"dev/shm/jack_db-1000/__db.001": {Data: binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, uint64(head)), version)},
		"proc/7/maps":                   {Data: []byte("7f0000000000-7f0000001000 rw-s 00000000 00:19 3    /dev/shm/other/__db.001\n")},
		"proc/7/task/7/syscall":         {Data: []byte("202 0x7f0000000010 0x80 0x2 0x0 0x0 0x0 0x7ffe0 0x7f1\n")},
	}
}

// use adds a process that has the database mapped, in a system call.
func use(root fstest.MapFS, pid int, syscall, state string) {
	dir := fmt.Sprintf("proc/%d/", pid)
	root[dir+"maps"] = &fstest.MapFile{Data: []byte("nonsense\n" +
		"7fb000000000-7fb000004000 rw-s 00000000 00:19 3                          /dev/shm/jack_db-1000/__db.001" + state + "\n")}
	root[dir+fmt.Sprintf("task/%d/syscall", pid)] = &fstest.MapFile{Data: []byte(syscall + "\n")}
}

const (
	waits  = "202 0x7fb000003010 0x109 0x0 0x0 0x0 0xffffffff 0x7ffe1 0x7f2"
	sleeps = "270 0x0 0x0 0x0 0x0 0x7ffe2 0x0 0x7ffe1 0x7f2"
	runs   = "running"
)

func TestDatabase(t *testing.T) {
	for _, c := range []struct {
		name    string
		head    uint32
		use     func(root fstest.MapFS)
		users   []int
		waiting []int
		want    string // of the error
	}{
		{"abandoned", completed, func(fstest.MapFS) {}, nil, nil, ""},
		{"half made", 0, func(fstest.MapFS) {}, nil, nil, "incomplete"},
		{"being made", 0, func(root fstest.MapFS) { use(root, 21, runs, "") }, []int{21}, nil, ""},
		{"in use", completed, func(root fstest.MapFS) { use(root, 21, sleeps, "") }, []int{21}, nil, ""},
		{"locked", completed, func(root fstest.MapFS) { use(root, 21, waits, ""); use(root, 22, waits, "") }, []int{21, 22}, []int{21, 22}, "locked"},
		{"at the first address", completed, func(root fstest.MapFS) { use(root, 21, "202 0x7fb000000000 0x80", "") }, []int{21}, []int{21}, "locked"},
		{"behind the last address", completed, func(root fstest.MapFS) { use(root, 21, "202 0x7fb000004000 0x80", "") }, []int{21}, nil, ""},
		{"one waits for another", completed, func(root fstest.MapFS) { use(root, 21, waits, ""); use(root, 22, runs, "") }, []int{21, 22}, []int{21}, ""},
		{"of an earlier one", completed, func(root fstest.MapFS) { use(root, 21, waits, " (deleted)") }, nil, nil, ""},
	} {
		root := machine(c.head)
		c.use(root)
		d := InspectDatabase(root, Dir, 1000)
		if !d.Present || !slices.Equal(d.Users, c.users) || !slices.Equal(d.Waiting, c.waiting) || d.Abandoned() != (c.users == nil) {
			t.Errorf("%s: %+v", c.name, d)
		}
		err := d.Err(0)
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "rm -r /dev/shm/jack_db-1000")) {
			t.Errorf("%s: error %v, want one with %q and the remedy", c.name, err, c.want)
		}
	}
	root := machine(0)
	use(root, 21, sleeps, "")
	d := InspectDatabase(root, Dir, 1000)
	if d.Err(21) == nil || d.Err(22) != nil {
		t.Errorf("process 21 looks whether it is complete: %v; it completes it: %v", d.Err(21), d.Err(22))
	}
	root = machine(0)
	root["dev/shm/jack_db-1000/__db.001"].Data = make([]byte, 4096)
	if d := InspectDatabase(root, Dir, 1000); d.Incomplete || d.Err(0) != nil {
		t.Errorf("not begun, which is an error at once: %+v", d)
	}
	if d := InspectDatabase(machine(completed), Dir, 0); d.Present || d.Abandoned() || d.Err(0) != nil {
		t.Errorf("another user's: %+v", d)
	}
}

// registry is a file for so many servers.
func registry(places int, servers ...Registration) []byte {
	b := make([]byte, registryHead+places*registryPlace)
	binary.NativeEndian.PutUint32(b, registryMagic)
	binary.NativeEndian.PutUint32(b[16:], uint32(len(b)))
	for i, s := range servers {
		at := b[registryHead+i*registryPlace:]
		binary.NativeEndian.PutUint32(at, uint32(s.PID))
		copy(at[4:], fmt.Sprintf("jack-%d:%s:", s.User, s.Name))
	}
	return append(b, "what follows the head"...)
}

func inspect(t *testing.T, root fs.FS) Registry {
	t.Helper()
	r, err := InspectRegistry(root, Dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRegistry(t *testing.T) {
	root := fstest.MapFS{
		"dev/shm/jack-shm-registry": {Data: registry(2, Registration{PID: 21, Name: "studio", User: 1000}, Registration{PID: 22, Name: "a:b", User: 0})},
		"proc/21/maps":              {},
	}
	r := inspect(t, root)
	want := []Registration{{PID: 21, Name: "studio", User: 1000}, {PID: 22, Name: "a:b", Gone: true}}
	if r.Places != 2 || !slices.Equal(r.Servers, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
	for _, part := range []string{"room for 2", "studio (process 21, running)", "a:b (process 22, gone)", "--name"} {
		if err := r.Full(); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not say %q", err, part)
		}
	}
	delete(root, "proc/21/maps")
	if err := inspect(t, root).Full(); err == nil || !strings.Contains(err.Error(), "rm /dev/shm/jack-shm-registry") {
		t.Errorf("with no server left: %v", err)
	}
	root["dev/shm/jack-shm-registry"].Data = registry(3, r.Servers...)
	if err := inspect(t, root).Full(); err != nil {
		t.Errorf("with room: %v", err)
	}
	if r := inspect(t, fstest.MapFS{}); r.Places != 0 || r.Full() != nil {
		t.Errorf("without a file: %+v", r)
	}
	short := registry(2, r.Servers...)
	binary.NativeEndian.PutUint32(short[16:], uint32(registryHead+registryPlace+10)) // the second place is cut short
	root["dev/shm/jack-shm-registry"].Data = short
	if _, err := InspectRegistry(root, Dir); err == nil {
		t.Error("half a place is read")
	}
	root["dev/shm/jack-shm-registry"].Data = []byte("no registry, whatever its name may be")
	if _, err := InspectRegistry(root, Dir); err == nil || !strings.Contains(err.Error(), "/dev/shm/jack-shm-registry") {
		t.Errorf("nonsense: %v", err)
	}
}

// FuzzRegistry: no file makes the parser panic or invent servers.
func FuzzRegistry(f *testing.F) {
	f.Add(registry(8, Registration{PID: 21, Name: "studio", User: 1000}))
	f.Add(registry(1)[:registryHead])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		places, servers, err := parseRegistry(b)
		if err != nil && (places != 0 || servers != nil) {
			t.Errorf("%d places and %v with %v", places, servers, err)
		}
		if len(servers) > places || places*registryPlace > len(b) {
			t.Errorf("%d servers of %d places in %d bytes", len(servers), places, len(b))
		}
		for _, s := range servers {
			if s.PID <= 0 {
				t.Errorf("process %d", s.PID)
			}
		}
	})
}
