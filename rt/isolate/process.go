package isolate

import (
	"bufio"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// process is one generation of an isolate as a process, seen by its parent.
type process struct {
	childProcess
	entry    string
	number   int
	lifeline *os.File
	stderr   tail
	reports  *os.File
	outputs  []*os.File
	reported sync.WaitGroup // until all reports are read
	copied   sync.WaitGroup // until all output is

	mu      sync.Mutex
	reaped  bool
	why     error // it was killed
	failure error // it reported
	cause   error // the runtime gave for ending it
}

// drainWithin is how long output that is on its way is waited for after a
// child's death. It takes longer only where the parent's writer stands still, or
// a process that has left the child's group holds the pipe.
const drainWithin = time.Second

// spawn starts a generation as a process.
func (s *spawner) spawn(i *Isolate, memory *os.File, number int) (*generation, error) {
	files, err := s.openFiles()
	if err != nil {
		return nil, err
	}
	defer files.closeChilds()
	cpu := -1
	if n, named := i.cfg.CPU.Number(); named {
		cpu = n
	}
	_, err = files.lifeline.Write(line(orders{
		Entry: i.entry.name, Generation: number, CPU: cpu, Policy: i.cfg.Policy,
		Process: i.cfg.Process, Heartbeat: i.cfg.Heartbeat, Parent: os.Getpid(),
	}))
	if err == nil {
		p := &process{entry: i.entry.name, number: number, lifeline: files.lifeline, reports: files.reports, outputs: []*os.File{files.stdout, files.stderr}}
		p.childProcess, err = s.launchClean(append([]string{os.Args[0]}, i.cfg.Args...), &os.ProcAttr{
			Env:   s.environment(i.cfg),
			Files: []*os.File{files.null, files.childStdout, files.childStderr, memory, files.childLifeline, files.childReports},
		})
		if err == nil {
			return p.follow(i), nil
		}
	}
	files.closeParents()
	return nil, err
}

// follow starts to read what the child sends and to wait for its end.
func (p *process) follow(i *Isolate) *generation {
	reports, died, ended := make(chan reportKind, 4), make(chan error, 1), make(chan error, 1)
	crashed := make(chan error, 1)
	detector := &crashDetector{report: func(cause string) {
		err := errors.New(cause)
		p.mu.Lock()
		p.cause = err
		p.mu.Unlock()
		crashed <- &ExitError{
			Entry: p.entry, Generation: p.number, PID: p.pid, Code: exitPanic,
			Stderr: p.stderr.String(), Err: err,
		}
	}}
	p.reported.Go(func() { p.readReports(reports) })
	p.copied.Go(func() { io.Copy(&output{to: i.cfg.Stdout, mu: &i.writing}, p.outputs[0]) })
	p.copied.Go(func() {
		io.Copy(io.MultiWriter(&p.stderr, detector, &output{to: i.cfg.Stderr, mu: &i.writing}), p.outputs[1])
	})
	go func() {
		e := p.wait()
		died <- e.orNil()
		p.drain()
		p.mu.Lock()
		e.Stderr, e.Err = p.stderr.String(), errors.Join(e.Err, p.cause)
		p.mu.Unlock()
		ended <- e.orNil()
	}()
	return &generation{
		number: p.number, pid: p.pid, reports: reports, crashed: crashed, died: died, ended: ended,
		ask:    func() { p.lifeline.Write([]byte{stopByte}) },
		freeze: p.freeze, kill: p.kill,
	}
}

func (p *process) readReports(to chan<- reportKind) {
	defer close(to)
	lines := bufio.NewReader(p.reports)
	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		r := parseReport(text)
		if r.Failure != nil {
			p.mu.Lock()
			p.failure = r.Failure.err()
			p.mu.Unlock()
		}
		select {
		case to <- r.Kind:
		default: // more than a child sends before its entry runs
		}
	}
}

// kill ends the child with all its group.
func (p *process) kill(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	p.why = errors.Join(p.why, why)
	p.killGroup()
}

// freeze stops the child with all its group.
func (p *process) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		p.stopGroup()
	}
}

// wait returns how the child ended, as soon as nothing of it runs any more.
func (p *process) wait() *ExitError {
	err := p.await()
	p.mu.Lock()
	p.killGroup() // what the child left behind
	p.reaped = true
	p.mu.Unlock()
	p.reports.SetReadDeadline(time.Now().Add(drainWithin))
	p.reported.Wait() // at once, since the pipe was the child's alone
	p.reports.Close()
	p.lifeline.Close()
	code, signal, reapErr := p.reap()
	return &ExitError{
		Entry: p.entry, Generation: p.number, PID: p.pid, Code: code, Signal: signal,
		Stderr: p.stderr.String(), Err: errors.Join(p.why, p.failure, err, reapErr),
	}
}

// orNil makes a success nil.
func (e *ExitError) orNil() error {
	if e.Code == 0 && e.Err == nil {
		return nil
	}
	copied := *e
	return &copied
}

// drain waits for the rest of the child's output, and no longer than that takes.
func (p *process) drain() {
	done := make(chan struct{})
	go func() {
		p.copied.Wait()
		close(done)
	}()
	limit := time.NewTimer(drainWithin)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
	}
	closeAll(p.outputs...)
}

// processFiles are the files between a child and its parent.
type processFiles struct {
	null                                                  *os.File
	stdout, stderr, lifeline, reports                     *os.File // the parent's ends
	childStdout, childStderr, childLifeline, childReports *os.File
}

func (s *spawner) openFiles() (f *processFiles, err error) {
	f = &processFiles{}
	open := func(r, w **os.File) {
		if err == nil {
			*r, *w, err = s.pipe()
		}
	}
	f.null, err = os.Open(os.DevNull)
	open(&f.stdout, &f.childStdout)
	open(&f.stderr, &f.childStderr)
	open(&f.childLifeline, &f.lifeline)
	open(&f.reports, &f.childReports)
	if err != nil {
		f.closeChilds()
		f.closeParents()
		return nil, err
	}
	return f, nil
}

// closeAll closes those that are open: a nil *os.File refuses.
func closeAll(files ...*os.File) {
	for _, f := range files {
		f.Close()
	}
}

func (f *processFiles) closeChilds() {
	closeAll(f.null, f.childStdout, f.childStderr, f.childLifeline, f.childReports)
}

func (f *processFiles) closeParents() { closeAll(f.stdout, f.stderr, f.lifeline, f.reports) }

// output writes to a writer that others may write to as well, and goes on
// without it once it fails: the child must not stand still for that.
type output struct {
	to     io.Writer
	mu     *sync.Mutex
	failed bool
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.failed {
		_, err := o.to.Write(b)
		o.failed = err != nil
	}
	return len(b), nil
}

// tail keeps the end of the text that is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const maxTail = 16 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - maxTail; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
