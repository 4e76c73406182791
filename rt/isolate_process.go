package rt

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
	reading  sync.WaitGroup // until all that the child sent is read
	readers  []*os.File

	mu      sync.Mutex
	reaped  bool
	why     error // it was killed
	failure error // it reported
}

// drainWithin is how long output that is on its way is waited for after a
// child's death. Only a process that has left the child's group can hold a pipe
// open for longer.
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
		p := &process{entry: i.entry.name, number: number, lifeline: files.lifeline, readers: []*os.File{files.stdout, files.stderr, files.reports}}
		p.childProcess, err = s.launchClean(append([]string{os.Args[0]}, i.cfg.Args...), &os.ProcAttr{
			Env:   s.environment(i.cfg),
			Files: []*os.File{files.null, files.childStdout, files.childStderr, memory, files.childLifeline, files.childReports},
		})
		if err == nil {
			return p.follow(i.cfg), nil
		}
	}
	files.closeParents()
	return nil, err
}

// follow starts to read what the child sends and to wait for its end.
func (p *process) follow(c IsolateConfig) *generation {
	reports, ended := make(chan reportKind, 4), make(chan error, 1)
	var writing sync.Mutex // Stdout and Stderr may be one writer
	p.reading.Add(3)
	go p.copy(&output{to: c.Stdout, mu: &writing}, p.readers[0])
	go p.copy(io.MultiWriter(&p.stderr, &output{to: c.Stderr, mu: &writing}), p.readers[1])
	go p.readReports(p.readers[2], reports)
	go func() {
		ended <- p.wait()
	}()
	return &generation{
		number: p.number, pid: p.pid, reports: reports, ended: ended,
		ask:  func() { p.lifeline.Write([]byte{stopByte}) },
		kill: p.kill,
	}
}

func (p *process) copy(to io.Writer, from *os.File) {
	defer p.reading.Done()
	io.Copy(to, from)
}

func (p *process) readReports(from *os.File, to chan<- reportKind) {
	defer p.reading.Done()
	defer close(to)
	lines := bufio.NewReader(from)
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
		default: // nobody waits for that many
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

// wait returns how the child ended, when nothing of it is left.
func (p *process) wait() error {
	err := p.await()
	p.mu.Lock()
	p.killGroup() // what the child left behind
	p.reaped = true
	p.mu.Unlock()
	limit := time.AfterFunc(drainWithin, p.closeReaders)
	p.reading.Wait()
	limit.Stop()
	p.closeReaders()
	p.lifeline.Close()
	code, signal, reapErr := p.reap()
	if err = errors.Join(err, reapErr); err == nil && code == 0 {
		return nil
	}
	return &ExitError{
		Entry: p.entry, Generation: p.number, PID: p.pid, Code: code, Signal: signal,
		Stderr: p.stderr.String(), Err: errors.Join(p.why, p.failure, err),
	}
}

func (p *process) closeReaders() {
	for _, f := range p.readers {
		f.Close()
	}
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

// tail keeps the end of what is written to it.
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
