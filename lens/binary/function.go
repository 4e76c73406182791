package binary

import (
	"strconv"
	"strings"

	"github.com/memkit-go/memkit/internal/machinecode"
)

// Step is a function on the way to an effect, and the place in it where it goes on.
type Step struct {
	Func string
	Pos  string // file:line
}

// Func is a function of the executable.
type Func struct {
	Name  string
	Calls []Call
	// Assembly: it was not compiled from Go.
	Assembly bool
}

// Call is a call that a function makes, or that one makes which is inlined in it.
type Call struct {
	// Callees are the functions that it can reach; none where that is not known.
	Callees []string
	// Kind is "direct", "closure", "interface" or "pointer".
	Kind string
	// Steps begin with the function itself and go on with the inlined calls.
	Steps []Step
	// Panics: nothing but a panic comes behind it.
	Panics bool
}

// Pos is the call's place in the source.
func (c Call) Pos() string { return c.Steps[len(c.Steps)-1].Pos }

// Func returns the function of that name, as the linker writes it, or false when the
// executable lacks it.
func (p *Program) Func(name string) (*Func, bool) {
	s, ok := p.binary.Lookup(name)
	if !ok {
		return nil, false
	}
	f := &Func{Name: s.Name, Assembly: s.Assembly}
	for _, c := range p.function(s).calls {
		f.Calls = append(f.Calls, p.call(c))
	}
	return f, true
}

func (p *Program) call(c call) Call {
	return Call{Callees: names(c.Targets), Kind: c.Kind.String(), Steps: p.steps(c.PC), Panics: c.panics}
}

func names(symbols []*machinecode.Symbol) []string {
	var list []string
	for _, s := range symbols {
		list = append(list, s.Name)
	}
	return list
}

// steps are the calls that an instruction belongs to, the outermost first.
func (p *Program) steps(pc uint64) []Step {
	frames := p.binary.Frames(pc)
	steps := make([]Step, len(frames))
	for i, f := range frames {
		steps[len(frames)-1-i] = Step{Func: f.Func, Pos: position(f.File, f.Line)}
	}
	return steps
}

func position(file string, line int) string { return file + ":" + strconv.Itoa(line) }

// function is the decoded form of a function.
type function struct {
	calls []call
	// unreadable is an instruction that cannot be decoded or followed, 0 if none.
	unreadable uint64
	// panics: it does not return but panics.
	panics bool
}

// call is a call in code that can be reached.
type call struct {
	machinecode.Call
	panics bool // nothing but a panic comes behind it
}

// function decodes a function, once.
func (p *Program) function(s *machinecode.Symbol) *function {
	if f, ok := p.code[s]; ok {
		return f
	}
	f := &function{}
	p.code[s] = f // a function that calls itself is assumed to return
	g, err := p.binary.Graph(s)
	if err != nil {
		f.unreadable = s.Entry
		return f
	}
	if len(g.Undecoded) > 0 {
		f.unreadable = g.Undecoded[0]
	}
	panics := p.panickingBlocks(g)
	reached := reachable(g)
	for i, b := range g.Blocks {
		if !reached[i] {
			continue
		}
		if b.Open && f.unreadable == 0 {
			f.unreadable = b.Start
		}
		for _, c := range b.Calls {
			f.calls = append(f.calls, call{c, panics[i]})
		}
	}
	f.panics = len(panics) > 0 && panics[0]
	return f
}

// reachable says which blocks control can come to.
func reachable(g *machinecode.Graph) []bool {
	reached := make([]bool, len(g.Blocks))
	var todo []int
	visit := func(i int) {
		if i >= 0 && i < len(reached) && !reached[i] {
			reached[i] = true
			todo = append(todo, i)
		}
	}
	visit(0)
	visit(g.Recovery)
	for len(todo) > 0 {
		last := len(todo) - 1
		b := g.Blocks[todo[last]]
		todo = todo[:last]
		for _, next := range b.Succs {
			visit(next)
		}
	}
	return reached
}

// panickingBlocks says behind which blocks nothing comes but a panic.
func (p *Program) panickingBlocks(g *machinecode.Graph) []bool {
	panics := make([]bool, len(g.Blocks))
	grows := make([]bool, len(g.Blocks)) // makes the stack larger and begins anew
	var todo []int
	for i := range g.Blocks {
		b := &g.Blocks[i]
		if len(b.Succs) == 0 && !b.Returns && !b.Open && len(b.Calls) == 0 {
			panics[i] = true // behind a call that does not return
		}
		for _, c := range b.Calls {
			if c.Kind != machinecode.Direct || len(c.Targets) != 1 {
				continue
			}
			if strings.HasPrefix(c.Targets[0].Name, "runtime.morestack") {
				grows[i] = true
			} else if p.doesPanic(c.Targets[0]) {
				panics[i] = true
			}
		}
		if panics[i] {
			todo = append(todo, i)
		}
	}
	for len(todo) > 0 {
		last := len(todo) - 1
		b := &g.Blocks[todo[last]]
		todo = todo[:last]
		for _, before := range b.Preds {
			if !panics[before] && !g.Blocks[before].Open && all(g.Blocks[before].Succs, panics, grows) && !g.Blocks[before].Returns {
				panics[before] = true
				todo = append(todo, before)
			}
		}
	}
	return panics
}

// all reports whether blocks are marked, but for those that do not count.
func all(blocks []int, marked, leftOut []bool) bool {
	for _, b := range blocks {
		if !leftOut[b] && !marked[b] {
			return false
		}
	}
	return true
}

// maxPanicSize limits the machine code of functions that are examined for whether
// they only panic: such functions are short.
const maxPanicSize = 1024

// doesPanic reports whether a function never returns, but panics or ends the program.
func (p *Program) doesPanic(s *machinecode.Symbol) bool {
	switch {
	case panicking(s.Name):
		return true
	case s.Assembly, s.End-s.Entry > maxPanicSize, standard(PackageOf(s.Name)):
		return false
	}
	return p.function(s).panics
}
