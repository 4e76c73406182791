package audio

// Declared is a Processor that a process of its own can make. Make one with
// [Declare].
type Declared struct {
	name string
	make func(args []string) (Processor, error)
}

// Declare names a constructor, so that the isolate, which is this program started
// once more, can find it. Call it in a package-level variable, and rt.Main as the
// first statement of main:
//
//	var synth = audio.Declare("synth", newSynth)
//
// A name used twice is a programming error and panics.
func Declare(name string, make func(args []string) (Processor, error)) *Declared {
	return &Declared{name, make}
}
