package env

import "io/fs"

// check is one thing about a machine that delays real-time threads.
type check struct {
	id, want, fix string
	who           Who
	// inspect returns the value found and its status. An error makes the finding
	// Unknown.
	inspect func(machine) (value string, status Status, err error)
}

// Check runs every check on the machine whose files are under root, normally
// [Host], and returns a finding of each, always in the same order.
func Check(root fs.FS) []Finding {
	m := machine{root}
	var findings []Finding
	for _, checks := range [][]check{rightsChecks, kernelChecks, cpuChecks, memoryChecks, hostChecks, busChecks, audioChecks} {
		for _, c := range checks {
			findings = append(findings, c.run(m))
		}
	}
	return findings
}

func (c check) run(m machine) Finding {
	f := Finding{ID: c.id, Want: c.want, Who: c.who}
	var err error
	switch f.Value, f.Status, err = c.inspect(m); {
	case err != nil:
		f.Value, f.Status = err.Error(), Unknown
	case f.Value == "":
		f.Value, f.Status = "empty", Unknown
	}
	if f.Status != OK {
		f.Fix = c.fix
	}
	return f
}

// okIf is OK, or otherwise if not.
func okIf(good bool, otherwise Status) Status {
	if good {
		return OK
	}
	return otherwise
}

// expect inspects a file of which each good content is OK and any other gets
// the status otherwise.
func expect(path string, otherwise Status, good ...string) func(machine) (string, Status, error) {
	return func(m machine) (string, Status, error) {
		text, err := m.word(path)
		if err != nil {
			return "", Unknown, err
		}
		for _, g := range good {
			if text == g {
				return text, OK, nil
			}
		}
		return text, otherwise, nil
	}
}
