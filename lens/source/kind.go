package source

// kind is one way to break a contract.
type kind uint8

const (
	allocation kind = iota
	blocking
	lock
	loop
	mapGrowth
	mapIteration
	recursion
	goroutine
	cgo
	panicPath
	dynamic
	assembly
	deferral
	reflection
	mismatch
	briefLock
	kinds
)

// codeOf gives the code of each kind.
var codeOf = [kinds]string{
	allocation: "ML601", blocking: "ML602", lock: "ML603", loop: "ML604",
	mapGrowth: "ML605", mapIteration: "ML605", recursion: "ML606", goroutine: "ML607",
	cgo: "ML608", panicPath: "ML609", dynamic: "ML610", assembly: "ML611",
	deferral: "ML612", reflection: "ML613", mismatch: "ML614", briefLock: "ML603",
}

// The codes of faults in directives, which break no contract by themselves.
const (
	unknownDirective = "ML617"
	staleDirective   = "ML618"
)

// gravity orders the kinds: of several behind one call, the first is reported, and
// the message names the others.
var gravity = [...]kind{
	blocking, lock, cgo, goroutine, allocation, mapGrowth, reflection, mapIteration,
	assembly, loop, recursion, dynamic, deferral, mismatch, briefLock, panicPath,
}

// hints are the kinds that break no contract and are worth knowing: what only
// happens before a panic, and the locks that operations which do not wait take for
// some instructions, such as a select with a default.
var hints = setOf(panicPath, briefLock)

// kindSet is a set of kinds.
type kindSet uint32

func setOf(list ...kind) (s kindSet) {
	for _, k := range list {
		s |= 1 << k
	}
	return s
}

func (s kindSet) has(k kind) bool { return s>>k&1 != 0 }

// Each contract's kinds. What no judge can see through breaks both.
var (
	opaque        = setOf(goroutine, dynamic, assembly, deferral, reflection, mismatch)
	nonAllocating = opaque | setOf(allocation, mapGrowth, panicPath)
	nonBlocking   = opaque | setOf(blocking, lock, loop, mapIteration, recursion, cgo, briefLock, panicPath)
	everyKind     = nonAllocating | nonBlocking
)

// withCode is the set of kinds that have a code.
func withCode(code string) (s kindSet) {
	for k, c := range codeOf {
		if c == code {
			s |= 1 << k
		}
	}
	return s
}
