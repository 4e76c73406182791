package tune

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// stateVersion counts incompatible changes of the file's format.
const stateVersion = 1

// state is what Fix has changed and Undo has not yet taken back.
type state struct {
	Version int `json:"version"`
	// Boot is the kernel's boot ID: the changes last as long as the boot in which
	// they were made.
	Boot    string   `json:"boot"`
	Changes []change `json:"changes"` // in the order made
}

// change is one setting's content before Fix and after.
type change struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// remember puts c into the state, in place of an older change of the same
// setting.
func (s *state) remember(c change) {
	s.forget(c.Path)
	s.Changes = append(s.Changes, c)
}

func (s *state) forget(path string) {
	s.Changes = slices.DeleteFunc(s.Changes, func(o change) bool { return o.Path == path })
}

// DefaultState is where the changes are remembered unless the user says
// otherwise: $XDG_STATE_HOME/memkit/doctor.json, or in ~/.local/state.
func DefaultState() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) { // the specification: a relative one is ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("where to remember the changes: %w; give --state FILE", err)
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "memkit", "doctor.json"), nil
}

// load reads the state; without a file it is empty.
func load(path string) (state, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{Version: stateVersion}, nil
	}
	if err != nil {
		return state{}, err
	}
	return parse(path, text)
}

func parse(path string, text []byte) (state, error) {
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return state{}, fmt.Errorf("%s: %w; it is not a list of changes that this command made", path, err)
	}
	if s.Version != stateVersion {
		return state{}, fmt.Errorf("%s: version %d, this command knows %d; undo with the rtbench that wrote it", path, s.Version, stateVersion)
	}
	seen := map[string]bool{}
	for _, c := range s.Changes {
		if !fs.ValidPath(c.Path) || c.Path == "." || c.Before == "" || seen[c.Path] {
			return state{}, fmt.Errorf("%s: the change of %q makes no sense; the file was edited", path, c.Path)
		}
		seen[c.Path] = true
	}
	return s, nil
}

// save replaces the file in one step, and returns once it is on disk. A state
// without changes is no file.
func (s state) save(path string) error {
	if len(s.Changes) == 0 {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".doctor-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
