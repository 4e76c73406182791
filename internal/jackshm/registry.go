package jackshm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Registry is the list of the machine's JACK servers. A server that was killed stays on
// it until another of its name starts.
type Registry struct {
	// Path of the file.
	Path string
	// Places is for how many servers there is room.
	Places int
	// Servers that are registered.
	Servers []Registration
}

// Registration is one server's.
type Registration struct {
	PID int
	// Name is the server's, and User the id of its user.
	Name string
	User int
	// Gone: no process has this id.
	Gone bool
}

const (
	registryMagic = 0x4a41434b // "JACK"
	// registryHead is the size of what precedes the list, each of whose entries is a
	// process id and a name.
	registryHead  = 24
	registryPlace = 264
)

var errNoRegistry = errors.New("jackshm: not a registry of JACK servers")

// InspectRegistry reads the list. root is the machine's file system, and dir where JACK
// keeps its files, normally [Dir]. Without a file there are no servers.
func InspectRegistry(root fs.FS, dir string) (Registry, error) {
	r := Registry{Path: path.Join(dir, "jack-shm-registry")}
	content, err := fs.ReadFile(root, relative(r.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if r.Places, r.Servers, err = parseRegistry(content); err != nil {
		return r, fmt.Errorf("%w: %s", err, r.Path)
	}
	for i := range r.Servers {
		s := &r.Servers[i]
		_, err := fs.Stat(root, "proc/"+strconv.Itoa(s.PID))
		s.Gone = errors.Is(err, fs.ErrNotExist)
	}
	return r, nil
}

// parseRegistry reads the head of the file: magic, protocol, kind, size of all, size of
// this head and of the entries after it, and then the servers (JACK 1.9, shm.h).
func parseRegistry(b []byte) (places int, servers []Registration, err error) {
	if len(b) < registryHead || binary.NativeEndian.Uint32(b) != registryMagic {
		return 0, nil, errNoRegistry
	}
	head := int(binary.NativeEndian.Uint32(b[16:]))
	if head < registryHead || head > len(b) || (head-registryHead)%registryPlace != 0 {
		return 0, nil, errNoRegistry
	}
	for list := b[registryHead:head]; len(list) > 0; list = list[registryPlace:] {
		places++
		pid := int(int32(binary.NativeEndian.Uint32(list)))
		if pid <= 0 {
			continue
		}
		text, _, _ := bytes.Cut(list[4:registryPlace], []byte{0})
		// "jack-UID:NAME:"
		user, name, _ := strings.Cut(strings.TrimPrefix(string(text), "jack-"), ":")
		uid, err := strconv.Atoi(user)
		if err != nil {
			uid = -1
		}
		servers = append(servers, Registration{PID: pid, Name: strings.TrimSuffix(name, ":"), User: uid})
	}
	return places, servers, nil
}

// Full returns an error where there is no room for another server.
func (r Registry) Full() error {
	if r.Places == 0 || len(r.Servers) < r.Places {
		return nil
	}
	var names []string
	for _, s := range r.Servers {
		state := "running"
		if s.Gone {
			state = "gone"
		}
		names = append(names, fmt.Sprintf("%s (process %d, %s)", s.Name, s.PID, state))
	}
	remedy := "end one that you do not need"
	if running := slices.ContainsFunc(r.Servers, func(s Registration) bool { return !s.Gone }); !running {
		remedy = "rm " + r.Path
	} else if slices.ContainsFunc(r.Servers, func(s Registration) bool { return s.Gone }) {
		remedy = "start jackd with --name and the name of one that is gone, and end it, which frees its place"
	}
	return fmt.Errorf("JACK has room for %d servers, and all places are taken, also those of servers that were killed: %s; %s", r.Places, strings.Join(names, ", "), remedy)
}
