package audio

import (
	"fmt"

	"github.com/memkit-go/memkit/rt/isolate"
)

// Declared is a Processor that a process of its own, an isolate, can make. Give it to
// [Open]. It can also be used where any Processor can: then it makes one in this
// process when it is prepared.
type Declared struct {
	name  string
	make  func(args []string) (Processor, error)
	entry *isolate.EntryPoint
	here  Processor // made by Prepare
}

// Declare names a constructor, so that the isolate, which is this program started
// once more, finds it. Call it in a package-level variable, and isolate.Main as the
// first statement of main:
//
//	var synth = audio.Declare("synth", newSynth)
//
// A name used twice is a programming error and panics.
func Declare(name string, make func(args []string) (Processor, error)) *Declared {
	d := &Declared{name: name, make: make}
	d.entry = isolate.Entry("audio/"+name, d.run)
	return d
}

// Prepare implements [Processor].
func (d *Declared) Prepare(s Spec) (err error) {
	if d.here == nil {
		if d.here, err = d.construct(nil); err != nil {
			return err
		}
	}
	return d.here.Prepare(s)
}

// Process implements [Processor].
func (d *Declared) Process(b *Block) { d.here.Process(b) }

// Reset implements [Processor].
func (d *Declared) Reset() { d.here.Reset() }

// construct makes a Processor in this process.
func (d *Declared) construct(args []string) (Processor, error) {
	p, err := d.make(args)
	switch {
	case err != nil:
		return nil, fmt.Errorf("audio: %s: %w", d.name, err)
	case isNil(p):
		return nil, fmt.Errorf("audio: %s: the constructor has returned no Processor and no error", d.name)
	}
	return p, nil
}
