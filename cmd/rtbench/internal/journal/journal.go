// Package journal keeps the samples of a run on disk while it is measured, so that
// they can be read whatever happens to the program or to the disk.
package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/memkit-go/memkit/rt/record"
)

// Journal is the file of a run that is being measured. It is made with the first
// samples. A zero Journal, without a directory, keeps nothing.
type Journal struct {
	// Dir is the directory, and Run says of the run all but its series.
	Dir string
	Run record.Run

	file *os.File
	w    *record.Writer
	err  error
	// made are the directories that were not there before.
	made []string
}

// Path of the file, empty while there is none.
func (j *Journal) Path() string {
	if j.file == nil {
		return ""
	}
	return j.file.Name()
}

// Append keeps samples of a series; see [record.Writer.Append]. The first error is the
// answer to every later call.
func (j *Journal) Append(s *record.Series, samples []int64) error {
	if j.Dir == "" || j.err != nil || len(samples) == 0 {
		return j.err
	}
	if j.file == nil {
		if j.err = j.open(); j.err != nil {
			return j.err
		}
	}
	if err := j.w.Append(s, samples); err != nil {
		j.err = fmt.Errorf("keeping the samples in %s: %w", j.file.Name(), err)
	}
	return j.err
}

// Keep appends the samples that are still missing of the series of a process that has ended.
func (j *Journal) Keep(series []record.Series) error {
	for i := range series {
		s := &series[i]
		from := int64(0)
		if j.w != nil {
			from = min(j.w.Count(s), int64(len(s.Samples)))
		}
		if err := j.Append(s, s.Samples[from:]); err != nil {
			return err
		}
	}
	return j.err
}

// Broken is the error that ended the journal, nil while it works.
func (j *Journal) Broken() error { return j.err }

// mostNames bounds the search for a name.
const mostNames = 1000

// open makes the file, under a name that no other run's journal has.
func (j *Journal) open() error {
	for at := j.Dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(at) == at {
			break
		}
		j.made = append(j.made, at)
	}
	if err := os.MkdirAll(j.Dir, 0o777); err != nil {
		return err
	}
	for i := range mostNames {
		name := Name
		if i > 0 {
			name = fmt.Sprintf("run.partial-%d.rtrun", i+1)
		}
		f, err := os.OpenFile(filepath.Join(j.Dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		j.file = f
		j.w, err = record.NewWriter(f, &j.Run)
		return err
	}
	return fmt.Errorf("%s: has %d unfinished runs; remove those that are not needed", j.Dir, mostNames)
}

// Name of the file, unless there is one already.
const Name = "run.partial.rtrun"

// Remove takes the file away, when its run was kept otherwise, and the directories that
// were made for it, if they are empty.
func (j *Journal) Remove() error {
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.file.Close(), os.Remove(j.file.Name()))
	for _, dir := range j.made {
		_ = os.Remove(dir) // stays when it has files
	}
	j.file = nil
	return err
}

// Forget closes a file that has been replaced by another of its name.
func (j *Journal) Forget() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

// End closes the file of a run that can be kept nowhere else, and writes why it is
// incomplete, also to a full disk.
func (j *Journal) End(why string) error {
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.w.Abort(j.file, why), j.file.Close())
	j.file = nil
	return err
}
