package jackd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/jackshm"
)

// TestMain keeps what the tests kill and lock away from others where that is permitted.
func TestMain(m *testing.M) {
	_ = Private()
	os.Exit(m.Run())
}

// needsPrivate skips where what the test leaves would hold up other servers.
func needsPrivate(t *testing.T) {
	t.Helper()
	if err := Installed(); err != nil {
		t.Skip(err)
	}
	if os.Getenv(private) == "" {
		t.Skip("it locks JACK's files, which other servers of this user need: run it as root, which gives it files of its own")
	}
}

// databaseFiles are those of the user's metadata database.
func databaseFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(inspectDatabase().Path, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestIncompleteDatabase: a server that waits for a database which is never completed is
// an error with the remedy, and the remedy helps.
func TestIncompleteDatabase(t *testing.T) {
	needsPrivate(t)
	dir := inspectDatabase().Path
	file := filepath.Join(dir, "__db.001")
	s := startServer(t)
	begun, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	clear(begun[:4]) // the number that says it is complete
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(file, begun, 0o600)); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Config{})
	if err == nil || !strings.Contains(err.Error(), "jackd: a program that was killed has left JACK's metadata database") || !strings.Contains(err.Error(), "rm -r "+dir) {
		t.Fatalf("error %v does not name the database and the remedy", err)
	}
	if len(databaseFiles(t)) == 0 {
		t.Error("another's database was removed")
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := startServer(t).Stop(); err != nil {
		t.Error(err)
	}
}

// TestKilledServerLeavesNoDatabase: neither a server that ends well nor one that is
// killed leaves the database.
func TestKilledServerLeavesNoDatabase(t *testing.T) {
	needsPrivate(t)
	for _, end := range []func(*Server) error{(*Server).Kill, (*Server).Stop} {
		s := startServer(t)
		if len(databaseFiles(t)) == 0 {
			t.Fatalf("no database in %s while a server runs", inspectDatabase().Path)
		}
		if err := end(s); err != nil {
			t.Fatal(err)
		}
		if left := databaseFiles(t); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// TestNoRoom: when eight servers are registered, the error names them; one of ours that
// was killed makes room.
func TestNoRoom(t *testing.T) {
	needsPrivate(t)
	if err := startServer(t).Stop(); err != nil { // which makes the file
		t.Fatal(err)
	}
	r := inspectRegistry()
	register := func(name string) {
		t.Helper()
		file, err := os.OpenFile(r.Path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for i := range r.Places {
			const gone = 1 << 30 // no process has this id
			place := binary.NativeEndian.AppendUint32(nil, gone)
			place = append(place, fmt.Sprintf("jack-%d:%s%d:\x00", os.Geteuid(), name, i)...)
			if _, err := file.WriteAt(place, 24+int64(i)*264); err != nil {
				t.Fatal(err)
			}
		}
	}
	register("studio")
	_, err := Start(t.Context(), Config{})
	if err == nil || !strings.Contains(err.Error(), "jackd: JACK has room for 8 servers") || !strings.Contains(err.Error(), "studio7") {
		t.Errorf("error %v does not name the servers", err)
	}
	register(namePrefix)
	if s := startServer(t); s.Name() != namePrefix+"0" {
		t.Errorf("name %s, want that of a killed server", s.Name())
	}
	if err := os.Remove(r.Path); err != nil {
		t.Fatal(err)
	}
}

// TestWaits: a database that is locked is an error on the second look in a row where all
// that use it wait, and on the tenth where only the server does; on the last look at once.
func TestWaits(t *testing.T) {
	const server, other = 10, 11
	free := jackshm.Database{Present: true, Users: []int{server, other}}
	held := jackshm.Database{Present: true, Users: []int{server, other}, Waiting: []int{server}}
	all := jackshm.Database{Present: true, Users: []int{server, other}, Waiting: []int{server, other}}
	foreign := jackshm.Database{Present: true, Users: []int{server, other}, Waiting: []int{other}}
	repeat := func(d jackshm.Database, n int) []jackshm.Database { return slices.Repeat([]jackshm.Database{d}, n) }
	for name, c := range map[string]struct {
		looks []jackshm.Database
		want  int  // the look that is an error, from 1; 0 for none
		last  bool // the last of looks is the last of all
	}{
		"free":                     {repeat(free, 30), 0, true},
		"all wait":                 {[]jackshm.Database{free, all, all}, 3, false},
		"all wait once":            {[]jackshm.Database{all, free, all, free}, 0, false},
		"all wait at last":         {[]jackshm.Database{free, all}, 2, true},
		"the server waits":         {repeat(held, 30), 10, false},
		"the server goes on":       {slices.Concat(repeat(held, 9), repeat(free, 1), repeat(held, 9)), 0, false},
		"the server waits at last": {[]jackshm.Database{free, held}, 2, true},
		"another one waits":        {repeat(foreign, 30), 0, true},
	} {
		var w waits
		got := 0
		for i, d := range c.looks {
			if err := w.see(d, server, c.last && i == len(c.looks)-1); err != nil && got == 0 {
				got = i + 1
			}
		}
		if got != c.want {
			t.Errorf("%s: an error at look %d, want %d", name, got, c.want)
		}
	}
}
