package source

import (
	"bufio"
	"embed"
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"strings"
	"sync"
)

// library holds what the side-car files say about packages that carry no
// directives themselves. A file has lines of the form
//
//	package time
//	Sleep     blocks
//	Timer.*   locks allocates
//	Now       nonblocking nonallocating
//
// A name is a function, Type.Method, Type.* for the other methods of a type, or *
// for the other functions of the package. The words after it are promises
// (nonblocking, nonallocating), effects, "methods" for a function that calls those of
// its arguments, or "source", which sends the analyser to the source after all.
type library struct {
	packages map[string]map[string]entry
	// entryNames are the names of functions that are entries, without their types.
	entryNames map[string]bool
}

// entry is one line of a side-car file.
type entry struct {
	keeps   kindSet
	effects []kind
	cold    bool
	// retains: memory that an argument points to may outlive the call.
	retains bool
	// entry: a function or a method of an interface whose func arguments, or whose
	// implementations, run on a real-time thread.
	entry bool
	// methods: it calls methods of its arguments that are interfaces.
	methods bool
	// source: the analyser reads the source.
	source bool
	// whole: the line is about the whole package.
	whole bool
}

// effectWords are the words for effects in side-car files.
var effectWords = map[string]kind{
	"allocates": allocation, "blocks": blocking, "locks": lock, "loops": loop,
	"grows": mapGrowth, "ranges": mapIteration, "recurses": recursion,
	"starts": goroutine, "cgo": cgo, "dynamic": dynamic, "assembly": assembly,
	"reflects": reflection, "brief": briefLock,
}

//go:embed library/*.txt
var libraryFiles embed.FS

// shipped is the library that is part of the tool.
var shipped = sync.OnceValues(func() (*library, error) {
	l := &library{map[string]map[string]entry{}, map[string]bool{}}
	files, err := libraryFiles.ReadDir("library")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := libraryFiles.ReadFile(path.Join("library", f.Name()))
		if err != nil {
			return nil, err
		}
		if err := l.read(f.Name(), string(text)); err != nil {
			return nil, err
		}
	}
	return l, nil
})

// read adds the lines of one side-car file.
func (l *library) read(name, text string) error {
	var current map[string]entry
	lines := bufio.NewScanner(strings.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		fault := func(text string) error {
			return fmt.Errorf("source: contract file %s, line %d: %s", name, number, text)
		}
		switch {
		case len(words) == 0:
		case words[0] == "package" && len(words) == 2:
			if l.packages[words[1]] == nil {
				l.packages[words[1]] = map[string]entry{}
			}
			current = l.packages[words[1]]
		case current == nil:
			return fault("a name without a package; begin with a line \"package PATH\"")
		case len(words) == 1:
			return fault(words[0] + " says nothing; write promises or effects after it")
		default:
			e, err := parseEntry(words[1:])
			if err != nil {
				return fault(err.Error())
			}
			if _, twice := current[words[0]]; twice {
				return fault(words[0] + " twice")
			}
			current[words[0]] = e
			if e.entry {
				l.entryNames[words[0][strings.LastIndexByte(words[0], '.')+1:]] = true
			}
		}
	}
	return lines.Err()
}

func parseEntry(words []string) (entry, error) {
	var e entry
	for _, w := range words {
		k, effect := effectWords[w]
		switch {
		case effect:
			e.effects = append(e.effects, k)
		case w == "nonblocking":
			e.keeps |= nonBlocking
		case w == "nonallocating":
			e.keeps |= nonAllocating
		case w == "cold":
			e.cold = true
		case w == "retains":
			e.retains = true
		case w == "entry":
			e.entry = true
		case w == "methods":
			e.methods = true
		case w == "source":
			e.source = true
		default:
			return e, fmt.Errorf("unknown word %q", w)
		}
	}
	return e, nil
}

// lookup returns what the library says about a function or a method.
func (l *library) lookup(fn *types.Func) (entry, bool) {
	if fn == nil || fn.Pkg() == nil {
		return entry{}, false
	}
	e, ok := l.named(fn.Pkg().Path(), keyOf(fn))
	if ok && e.whole && isInterfaceMethod(fn) {
		return entry{}, false
	}
	return e, ok
}

// named returns what the library says about a function by its key in a package.
func (l *library) named(pkg, key string) (entry, bool) {
	names, ok := l.packages[pkg]
	if !ok {
		return entry{}, false
	}
	if e, ok := names[key]; ok {
		return e, !e.source
	}
	if typ, _, ok := strings.Cut(key, "."); ok {
		if e, ok := names[typ+".*"]; ok {
			return e, !e.source
		}
	}
	e, ok := names["*"]
	e.whole = true
	return e, ok && !e.source
}

// mixed reports whether some functions of a package have effects and the rest has
// none. What its unexported functions do is then left to the executable: either kind
// calls them, and may be inlined.
func (l *library) mixed(pkg string) bool {
	names := l.packages[pkg]
	if len(names["*"].effects) > 0 {
		return false
	}
	for _, e := range names {
		if len(e.effects) > 0 {
			return true
		}
	}
	return false
}

// exported reports whether a key such as "Sleep" or "Timer.Stop" ends in an exported
// name.
func exported(key string) bool {
	return ast.IsExported(key[strings.LastIndexByte(key, '.')+1:])
}

// splitSymbol takes a linker's name of a function apart, into its package and its
// key there: "path/to/pkg.(*Type).Method".
func splitSymbol(symbol string) (pkg, key string) {
	slash := strings.LastIndexByte(symbol, '/') + 1
	dot := strings.IndexByte(symbol[slash:], '.')
	if dot < 0 {
		return symbol, ""
	}
	pkg, key = symbol[:slash+dot], symbol[slash+dot+1:]
	return strings.ReplaceAll(pkg, "%2e", "."), strings.NewReplacer("(*", "", ")", "").Replace(key)
}

// isInterfaceMethod reports whether fn has implementations elsewhere, of which a line
// about a whole package says nothing.
func isInterfaceMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && types.IsInterface(recv.Type())
}

// covers reports whether the library speaks of every function of a package, so that
// its source need not be read.
func (l *library) covers(pkg string) bool {
	names, ok := l.packages[pkg]
	if !ok || names["*"].source {
		return false
	}
	if _, ok := names["*"]; !ok {
		return false
	}
	for _, e := range names {
		if e.source {
			return false
		}
	}
	return true
}

// keyOf names a function within its package: "Sleep", "Timer.Stop".
func keyOf(fn *types.Func) string {
	sig := fn.Signature()
	if sig.Recv() == nil {
		return fn.Name()
	}
	return receiverName(sig.Recv().Type()) + "." + fn.Name()
}

func receiverName(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		return t.Obj().Name()
	case *types.TypeParam:
		return t.Obj().Name()
	}
	return "interface"
}
