package tune

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/rt/env"
)

// Tuner changes the settings of the machine whose files are under Root.
type Tuner struct {
	// Root is "/" but in tests, and State the file of [DefaultState].
	Root, State string

	// open tries whether a file can be written to, and write replaces its
	// content; tests make them fail.
	open  func(path string) error
	write func(path, value string) error
}

// Outcome is what became of one setting.
type Outcome string

const (
	// Changed: it has the new value. Planned: it would have, but for a dry run.
	Changed Outcome = "changed"
	Planned Outcome = "planned"
	// Refused: the kernel did not take it, and it is as it was.
	Refused Outcome = "refused"
	// Restored: it has the value of before Fix again. There says that it had it
	// already.
	Restored Outcome = "restored"
	There    Outcome = "already restored"
	// Kept: it has been changed again since, so it was left alone.
	Kept Outcome = "kept"
)

// Row is one setting on its way from one value to another.
type Row struct {
	ID      string  `json:"id"`
	Path    string  `json:"path"`
	Before  string  `json:"before"`
	After   string  `json:"after"`
	Outcome Outcome `json:"outcome"`
	// Reason why the setting is not as requested.
	Reason string `json:"reason,omitempty"`
}

// ErrRights is wrapped by the refusal of a user who may not change settings.
var ErrRights = errors.New("no right to change settings")

// Fix carries out plan. It changes nothing unless the user may change settings
// and what they were is on disk.
func (t *Tuner) Fix(plan []env.Setting, dry bool) ([]Row, error) {
	var rows []Row
	for _, s := range plan {
		rows = append(rows, Row{ID: s.ID, Path: s.Path, Before: s.Value, After: s.Want, Outcome: Planned})
	}
	if dry || len(plan) == 0 {
		return rows, nil
	}
	for i := range rows {
		if err := t.allowed(rows[i].Path); err != nil {
			return nil, err
		}
	}
	s, err := t.load()
	if err != nil {
		return nil, err
	}
	boot := t.boot()
	if s.Boot != boot {
		s = state{Version: stateVersion, Boot: boot}
	}
	for _, r := range rows {
		s.remember(change{r.ID, r.Path, r.Before, r.After})
	}
	if err := s.save(t.State); err != nil {
		return nil, fmt.Errorf("writing the state file: %w; give --state FILE", err)
	}
	for i := range rows {
		t.change(&rows[i], &s)
	}
	return rows, s.save(t.State)
}

// change makes one planned change, and notes in the state what came of it.
func (t *Tuner) change(r *Row, s *state) {
	err := t.put(r.Path, r.After)
	now, readErr := t.current(r.Path)
	switch {
	case readErr != nil:
		r.Outcome, r.Reason = Refused, readErr.Error()
	case now == r.Before:
		r.Outcome, r.Reason = Refused, "the kernel keeps "+now
		if err != nil {
			r.Reason = cause(err)
		}
		s.forget(r.Path)
	default:
		// The kernel may have its own way to write the value.
		r.After, r.Outcome = now, Changed
		s.remember(change{r.ID, r.Path, r.Before, now})
	}
}

// Undo takes back what Fix has changed, the latest first. A value that is neither
// the one before nor the one after was set by another program, and is overwritten
// only by force. What could not be restored stays in the state.
func (t *Tuner) Undo(force, dry bool) ([]Row, error) {
	s, err := t.load()
	if err != nil {
		return nil, err
	}
	restarted := s.Boot != t.boot() && !force
	var rows []Row
	for _, c := range slices.Backward(s.Changes) {
		r := t.plan(c, force)
		if restarted {
			r.Outcome, r.Reason = There, "the machine was started anew since, which ended the change"
		}
		if r.Outcome == Planned && !dry {
			if err := t.allowed(r.Path); err != nil {
				return nil, err
			}
		}
		rows = append(rows, r)
	}
	if dry {
		return rows, nil
	}
	for i := range rows {
		if rows[i].Outcome == Planned {
			t.restore(&rows[i])
		}
		if o := rows[i].Outcome; o == Restored || o == There {
			s.forget(rows[i].Path)
		}
	}
	return rows, s.save(t.State)
}

// plan says what Undo does about one change.
func (t *Tuner) plan(c change, force bool) Row {
	r := Row{ID: c.ID, Path: c.Path, Before: c.After, After: c.Before, Outcome: Planned}
	switch now, err := t.current(c.Path); {
	case err != nil:
		r.Outcome, r.Reason = Refused, err.Error()
	case now == c.Before:
		r.Before, r.Outcome = now, There
	case now != c.After && !force:
		r.Before, r.After, r.Outcome = now, now, Kept
		r.Reason = fmt.Sprintf("it was set to %s after the fix had set it to %s; --force overwrites it", now, c.After)
	default:
		r.Before = now
	}
	return r
}

func (t *Tuner) restore(r *Row) {
	err := t.put(r.Path, r.After)
	now, readErr := t.current(r.Path)
	switch {
	case readErr != nil:
		r.Outcome, r.Reason = Refused, readErr.Error()
	case now == r.After:
		r.Outcome = Restored
	case err != nil:
		r.Outcome, r.Reason = Refused, cause(err)
	default:
		r.Outcome, r.Reason = Refused, "the kernel keeps "+now
	}
}

func (t *Tuner) load() (state, error) { return load(t.State) }

func (t *Tuner) current(path string) (string, error) {
	return env.Setting{Path: path}.Current(os.DirFS(t.Root))
}

// boot names the running kernel's life; where it cannot be read, every life is
// the same.
func (t *Tuner) boot() string {
	text, err := os.ReadFile(filepath.Join(t.Root, "proc/sys/kernel/random/boot_id"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// allowed refuses a user who may not write to the file.
func (t *Tuner) allowed(path string) error {
	open := openSetting
	if t.open != nil {
		open = t.open
	}
	if err := open(filepath.Join(t.Root, path)); errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("/%s: %w (%s); run as root, e.g. sudo rtbench doctor …, or see what would be done with --dry-run", path, ErrRights, cause(err))
	}
	return nil // any other error is the change's to say
}

// openSetting changes nothing.
func openSetting(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// put writes a setting.
func (t *Tuner) put(path, value string) error {
	full := filepath.Join(t.Root, path)
	if t.write != nil {
		return t.write(full, value)
	}
	return writeSetting(full, value)
}

func writeSetting(path, value string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value + "\n")
	return errors.Join(err, f.Close())
}

// cause is err without the path, which the row has already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
