package env

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/memkit-go/memkit/internal/jackshm"
	"github.com/memkit-go/memkit/internal/procfs"
)

// Checks for audio programs, in addition to the others. The sound server decides
// most of these values; without a server they are unknown.

const (
	// belowServer is how far an audio client's priority lies below its server's:
	// JACK's own rule for its clients.
	belowServer = 5
	// audioPriority is what a client of a server at its usual 70 runs at.
	audioPriority = 65
	// liveQuantum is the longest block, in frames, for playing live: 5.3 ms at
	// 48 kHz.
	liveQuantum = 256
)

var audioChecks = []check{
	{
		id: "audio/rtprio", want: fmt.Sprintf("an audio user may have SCHED_FIFO %d", audioPriority), who: Root,
		fix:     "put \"@audio - rtprio 95\" into /etc/security/limits.d/audio.conf, the user into the group, and log in again",
		inspect: audioLimit("rtprio", realtimeRight, audioPriority),
	},
	{
		id: "audio/memlock", want: "an audio user may lock memory", who: Root,
		fix:     "put \"@audio - memlock unlimited\" into /etc/security/limits.d/audio.conf, the user into the group, and log in again",
		inspect: audioLimit("memlock", lockRight, math.MaxInt64),
	},
	{
		id: "audio/procs", want: "GOMAXPROCS above the number of CPUs", who: Library,
		fix:     "let rt.Setup set it, or start with GOMAXPROCS two above the CPUs: a callback otherwise waits for busy goroutines, 10 ms and more",
		inspect: spareProcs,
	},
	{
		id: "audio/jack", want: "a JACK server", who: Root,
		fix:     "start jackd, or go through PipeWire or ALSA",
		inspect: jackServer,
	},
	{
		id: "audio/jack-database", want: "not left by a killed program", who: Root,
		fix:     "remove the directory (rm -r): a program that was killed may have left it locked, and then no jackd of that user becomes ready",
		inspect: jackDatabases,
	},
	{
		id: "audio/jack-servers", want: "room for another, and none registered that is gone", who: Root,
		fix:     "start jackd with --name and the name of one that is gone, and end it; or, where no JACK server runs: rm " + jackshm.Dir + "/jack-shm-registry",
		inspect: jackServers,
	},
	{
		id: "audio/jack-realtime", want: "a real-time thread", who: Root,
		fix:     "start it with -R (jackd -R -P 70 …), with the right to",
		inspect: realtimeServer("jackd", "jackdbus"),
	},
	{
		id: "audio/priority", want: fmt.Sprintf("clients at the server's priority less %d", belowServer), who: Root,
		fix:     "start the server at 70 (jackd -P 70) and allow its clients 65 (rtprio): a client above its server delays it",
		inspect: clientPriority,
	},
	{
		id: "audio/pipewire", want: "a real-time thread", who: Root,
		fix:     "start pipewire, and give it the right to real-time threads: rtkit, or the limits of audio/rtprio",
		inspect: realtimeServer("pipewire"),
	},
	{
		id: "audio/pipewire-quantum", want: fmt.Sprintf("≤ %d frames", liveQuantum), who: Root,
		fix:     fmt.Sprintf("set default.clock.quantum = %d in /etc/pipewire/pipewire.conf.d/, or start the program with PIPEWIRE_LATENCY=%d/48000", liveQuantum, liveQuantum),
		inspect: quantum,
	},
	{
		id: "audio/rtkit", want: "running, where limits do not allow real-time threads", who: Root,
		fix:     "install rtkit: desktop sound servers ask it for their priority",
		inspect: rtkit,
	},
}

// audioLimit inspects a limit that audio users get when they log in. Where the
// limits' files do not name it, what this process has counts.
func audioLimit(item string, right func(machine) (string, Status, error), need uint64) func(machine) (string, Status, error) {
	return func(m machine) (string, Status, error) {
		limit, unlimited, where := m.groupLimit(item)
		if where != "" {
			if unlimited {
				return "unlimited for " + where, OK, nil
			}
			return fmt.Sprintf("%d for %s", limit, where), okIf(limit >= need, Warn), nil
		}
		value, status, err := right(m)
		if err == nil && strings.HasPrefix(value, "CAP_") {
			return value + " here, nothing for audio users", Warn, nil
		}
		return value, status, err
	}
}

// audioGroups are those that distributions give to audio users.
var audioGroups = []string{"@audio", "@pipewire", "@jackuser", "@realtime"}

// groupLimit is the highest limit of an item that an audio group gets, and which
// group and file that is. /etc/security/limits.conf has lines "@audio - rtprio 95".
func (m machine) groupLimit(item string) (limit uint64, unlimited bool, where string) {
	files, _ := fs.Glob(m.root, "etc/security/limits.d/*.conf")
	for _, file := range append([]string{"etc/security/limits.conf"}, files...) {
		text, err := m.text(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "#")
			f := strings.Fields(line)
			if len(f) != 4 || !slices.Contains(audioGroups, f[0]) || f[2] != item || f[1] != "-" && f[1] != "soft" {
				continue
			}
			value, err := strconv.ParseUint(f[3], 10, 64)
			endless := slices.Contains([]string{"unlimited", "infinity", "-1"}, f[3])
			if err != nil && !endless {
				continue
			}
			if where == "" || endless || value > limit && !unlimited {
				limit, unlimited, where = value, endless, fmt.Sprintf("%s (/%s)", f[0], file)
			}
		}
	}
	return limit, unlimited, where
}

// spareProcs compares GOMAXPROCS, as this program was started, with the CPUs that
// it may use. The default is as many.
func spareProcs(m machine) (string, Status, error) {
	list, err := m.status("Cpus_allowed_list")
	if err != nil {
		return "", Unknown, err
	}
	cpus, err := procfs.ParseCPUList(list)
	if err != nil {
		return "", Unknown, err
	}
	procs := len(cpus)
	if text, ok := m.variable("GOMAXPROCS"); ok {
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			procs = n
		}
	}
	return fmt.Sprintf("%d on %d CPUs", procs, len(cpus)), okIf(procs > len(cpus), Warn), nil
}

func jackServer(m machine) (string, Status, error) {
	p, err := m.find("jackd", "jackdbus")
	return p.String(), OK, err
}

// sharedMemory returns an error where there is no directory in which JACK keeps its
// files.
func (m machine) sharedMemory() error {
	if _, err := fs.Stat(m.root, strings.TrimPrefix(jackshm.Dir, "/")); err != nil {
		return fmt.Errorf("%s: %w", jackshm.Dir, reason(err))
	}
	return nil
}

// jackDatabases inspects the metadata databases of all users.
func jackDatabases(m machine) (string, Status, error) {
	if err := m.sharedMemory(); err != nil {
		return "", Unknown, err
	}
	dirs, err := fs.Glob(m.root, strings.TrimPrefix(jackshm.Dir, "/")+"/jack_db-[0-9]*")
	if err != nil {
		return "", Unknown, err
	}
	var locked, abandoned, used []string
	for _, dir := range dirs {
		_, user, _ := strings.Cut(path.Base(dir), "-")
		uid, err := strconv.Atoi(user)
		if err != nil {
			continue
		}
		d := jackshm.InspectDatabase(m.root, jackshm.Dir, uid)
		switch {
		case d.Err(0) != nil:
			locked = append(locked, d.Path)
		case d.Abandoned():
			abandoned = append(abandoned, d.Path)
		default:
			used = append(used, d.Path)
		}
	}
	switch {
	case len(locked) > 0:
		return strings.Join(locked, ", ") + ": locked", Fail, nil
	case len(abandoned) > 0:
		return strings.Join(abandoned, ", ") + ": used by no process", Warn, nil
	case len(used) > 0:
		return strings.Join(used, ", ") + ": in use", OK, nil
	}
	return "none", OK, nil
}

// jackServers inspects the list of servers, on which one that was killed stays.
func jackServers(m machine) (string, Status, error) {
	if err := m.sharedMemory(); err != nil {
		return "", Unknown, err
	}
	r, err := jackshm.InspectRegistry(m.root, jackshm.Dir)
	if err != nil {
		return "", Unknown, err
	}
	gone := 0
	for _, s := range r.Servers {
		if s.Gone {
			gone++
		}
	}
	value := fmt.Sprintf("%d of %d places taken", len(r.Servers), r.Places)
	switch {
	case len(r.Servers) == 0:
		return "none registered", OK, nil
	case gone > 0:
		value += fmt.Sprintf(", %d by servers that are gone", gone)
	}
	if r.Full() != nil {
		return value, Fail, nil
	}
	return value, okIf(gone == 0, Warn), nil
}

// realtimeServer inspects the highest thread of a running server.
func realtimeServer(names ...string) func(machine) (string, Status, error) {
	return func(m machine) (string, Status, error) {
		p, err := m.find(names...)
		if err != nil {
			return "", Unknown, err
		}
		s, err := m.topThread(p)
		if err != nil {
			return "", Unknown, err
		}
		return fmt.Sprintf("%s: %v", p.name, s), okIf(s.realtime(), Fail), nil
	}
}

// clientPriority says whether this process may have the priority that belongs
// to a client of the server that runs.
func clientPriority(m machine) (string, Status, error) {
	p, err := m.find("jackd", "jackdbus")
	if err != nil {
		if p, err = m.find("pipewire"); err != nil {
			return "", Unknown, errors.New("no sound server is running")
		}
	}
	s, err := m.topThread(p)
	if err != nil {
		return "", Unknown, err
	}
	if !s.realtime() {
		return "", Unknown, fmt.Errorf("%s is %v", p.name, s)
	}
	client := s.priority - belowServer
	value := fmt.Sprintf("%s %d, clients %d", p.name, s.priority, client)
	if client < 1 {
		return fmt.Sprintf("%s %d: too low for clients below it", p.name, s.priority), Warn, nil
	}
	if m.capable(capSysNice) {
		return value, OK, nil
	}
	limit, unlimited, err := m.limit("Max realtime priority")
	if err != nil {
		return "", Unknown, err
	}
	if !unlimited && limit < uint64(client) {
		return fmt.Sprintf("%s, RLIMIT_RTPRIO %d", value, limit), Fail, nil
	}
	return value, OK, nil
}

// quantum is the block length that PipeWire starts with: the last file that sets
// it counts.
func quantum(m machine) (string, Status, error) {
	dirs := []string{"usr/share/pipewire", "etc/pipewire"}
	if home, ok := m.variable("HOME"); ok && strings.HasPrefix(home, "/") {
		dirs = append(dirs, path.Join(strings.TrimPrefix(path.Clean(home), "/"), ".config/pipewire"))
	}
	var files []string
	for _, dir := range dirs {
		files = append(files, dir+"/pipewire.conf")
	}
	for _, dir := range dirs {
		more, _ := fs.Glob(m.root, dir+"/pipewire.conf.d/*.conf")
		files = append(files, more...)
	}
	frames, where := uint64(0), ""
	for _, file := range files {
		text, err := m.text(file)
		if err != nil {
			continue
		}
		if n, ok := parseSetting(text, "default.clock.quantum"); ok {
			frames, where = n, file
		}
	}
	if where == "" {
		return "", Unknown, errors.New("no file of PipeWire's sets default.clock.quantum")
	}
	return fmt.Sprintf("%d frames (/%s)", frames, where), okIf(frames > 0 && frames <= liveQuantum, Warn), nil
}

// parseSetting finds "name = 1024" among lines of which "#" begins a comment.
func parseSetting(text, name string) (value uint64, ok bool) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		key, rest, found := strings.Cut(line, "=")
		if !found || strings.TrimSpace(key) != name {
			continue
		}
		if n, err := strconv.ParseUint(strings.TrimSpace(rest), 10, 32); err == nil {
			value, ok = n, true
		}
	}
	return value, ok
}

func rtkit(m machine) (string, Status, error) {
	p, err := m.find("rtkit-daemon")
	return p.String(), OK, err
}
