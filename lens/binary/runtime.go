package binary

import "strings"

// The codes of effects.
const (
	Allocation = "ML601" // memory of the Go heap
	Blocking   = "ML602" // a wait, or a system call
	Lock       = "ML603"
	Map        = "ML605" // a map that may grow, or that is iterated
	Recursion  = "ML606"
	Goroutine  = "ML607" // the start of one
	Cgo        = "ML608" // a call of C
	Panic      = "ML609" // a panic that the compiler could not rule out
	Unknown    = "ML610" // an indirect call whose target is not found
	Assembly   = "ML611" // code that was not compiled from Go
	Defer      = "ML612" // a deferred call that is kept in a list
	Reflection = "ML613"
)

// class is what a call of a function means.
type class struct {
	code     string // "": nothing that a contract forbids
	what     string
	iterates bool
	brief    bool
}

var (
	harmless  = class{}
	allocates = class{code: Allocation, what: "allocates"}
	waits     = class{code: Blocking, what: "may wait"}
	system    = class{code: Blocking, what: "makes a system call"}
	schedules = class{code: Blocking, what: "calls the scheduler"}
	prints    = class{code: Blocking, what: "writes to the standard error"}
	grows     = class{code: Map, what: "may make a map grow"}
	iterates  = class{code: Map, what: "iterates over a map", iterates: true}
	locks     = class{code: Lock, what: "takes a lock"}
	briefly   = class{code: Lock, what: "takes a lock for some instructions", brief: true}
	runsGo    = class{code: Goroutine, what: "starts a goroutine"}
	callsC    = class{code: Cgo, what: "calls C"}
	defers    = class{code: Defer, what: "keeps a deferred call in a list"}
	reflects  = class{code: Reflection, what: "uses reflection"}
)

// rule classifies the functions whose names begin with a prefix, or the one with that
// name where the prefix ends in "$". The longest prefix decides.
type rule struct {
	prefix string
	class  class
}

// rules are for functions of the runtime and of the packages that are part of it in
// all but name. Functions of the runtime that no rule is for are examined like any
// other code, down to one that has a rule.
var rules = []rule{
	// The heap.
	{"runtime.newobject", allocates}, {"runtime.mallocgc", allocates}, {"runtime.newarray", allocates},
	{"runtime.makeslice", allocates}, {"runtime.growslice", allocates}, {"runtime.moveSlice", allocates},
	{"runtime.makemap", allocates}, {"runtime.makechan", allocates}, {"runtime.convT", allocates},
	{"runtime.concatstring", allocates}, {"runtime.concatbyte", allocates}, {"runtime.intstring", allocates},
	{"runtime.slicebytetostring", allocates}, {"runtime.slicerunetostring", allocates},
	{"runtime.stringtoslice", allocates}, {"runtime.rawstring", allocates}, {"runtime.rawbyteslice", allocates},
	{"runtime.rawruneslice", allocates}, {"runtime.gostring", allocates}, {"runtime.gobytes", allocates},
	{"runtime.maps_new", allocates}, {"internal/runtime/maps.New", allocates}, {"internal/runtime/maps.new", allocates},
	{"runtime.persistentalloc", allocates}, {"internal/bytealg.MakeNoZero", allocates},
	{"strings.(*Builder).grow", allocates}, {"runtime.SetFinalizer", allocates}, {"runtime.AddCleanup", allocates},
	{"runtime.slicebytetostringtmp", harmless},

	// Maps.
	{"runtime.mapassign", grows}, {"internal/runtime/maps.(*Map).PutSlot", grows}, {"internal/runtime/maps.(*Map).Put", grows},
	{"internal/runtime/maps.(*Map).grow", grows}, {"internal/runtime/maps.(*table).grow", grows},
	{"internal/runtime/maps.(*table).rehash", grows}, {"internal/runtime/maps.runtime_mapassign", grows},
	{"runtime.mapIterStart", iterates}, {"runtime.mapIterNext", iterates}, {"runtime.mapiter", iterates},
	{"internal/runtime/maps.(*Iter)", iterates}, {"runtime.mapclone", allocates}, {"maps.clone", allocates},
	{"runtime.mapaccess", harmless}, {"runtime.mapdelete", harmless}, {"runtime.mapclear", harmless},
	{"internal/runtime/maps.runtime_mapaccess", harmless}, {"internal/runtime/maps.runtime_mapdelete", harmless},
	{"internal/runtime/maps.(*Map).get", harmless}, {"internal/runtime/maps.(*Map).Get", harmless},
	{"internal/runtime/maps.(*Map).Delete", harmless}, {"internal/runtime/maps.(*Map).Clear", harmless},
	{"internal/runtime/maps.(*Map).Used", harmless}, {"internal/runtime/maps.(*Map).clear", harmless},

	// Waiting and scheduling.
	{"runtime.chansend", waits}, {"runtime.chanrecv", waits}, {"runtime.selectgo", waits}, {"runtime.block$", waits},
	{"runtime.gopark", waits}, {"runtime.park_m", waits}, {"runtime.semacquire", waits}, {"sync.runtime_Semacquire", waits},
	{"internal/sync.runtime_Semacquire", waits}, {"internal/poll.runtime_Semacquire", waits},
	{"sync.runtime_notifyListWait", waits}, {"internal/poll.runtime_pollWait", waits}, {"time.Sleep", waits},
	{"sync.(*WaitGroup).Wait", waits}, {"sync.(*Cond).Wait", waits}, {"runtime.notetsleep", waits}, {"runtime.notesleep", waits},
	{"runtime.futexsleep", waits}, {"runtime.usleep", waits}, {"runtime.osyield", waits}, {"runtime.coroswitch", waits},
	{"runtime.Gosched", schedules}, {"runtime.gosched", schedules}, {"runtime.goschedguarded", schedules}, {"runtime.mcall", schedules},
	{"runtime.systemstack", schedules}, {"runtime.gogo", schedules}, {"runtime.wake", schedules}, {"runtime.startm", schedules}, {"runtime.newm$", schedules},
	{"runtime.goready", schedules}, {"runtime.ready$", schedules}, {"runtime.Goexit", schedules}, {"runtime.GC$", waits},
	{"runtime.stopTheWorld", waits}, {"runtime.ReadMemStats", waits}, {"runtime.GOMAXPROCS", waits}, {"runtime.Stack", waits},
	{"runtime.chanlen", harmless}, {"runtime.chancap", harmless}, {"runtime.selectsetpc", harmless},
	{"sync.runtime_canSpin", harmless}, {"sync.runtime_doSpin", harmless}, {"internal/sync.runtime_canSpin", harmless},
	{"internal/sync.runtime_doSpin", harmless}, {"internal/sync.runtime_nanotime", harmless}, {"sync.runtime_procPin", harmless},
	{"sync.runtime_procUnpin", harmless}, {"runtime.procPin", harmless}, {"runtime.procUnpin", harmless},
	{"sync/atomic.", harmless}, {"internal/runtime/atomic.", harmless},

	// Locks. Giving one back may wake another thread, under a lock of the runtime's;
	// so may a select with a default case and the end of a channel.
	{"sync.(*Mutex)", locks}, {"internal/sync.(*Mutex)", locks}, {"sync.(*RWMutex)", locks}, {"sync.(*WaitGroup)", locks},
	{"sync.(*Cond)", locks}, {"sync.(*WaitGroup).Go", runsGo},
	{"sync.(*Mutex).TryLock", harmless}, {"internal/sync.(*Mutex).TryLock", harmless}, {"sync.(*RWMutex).TryLock", harmless},
	{"sync.(*RWMutex).TryRLock", harmless}, {"sync.(*RWMutex).RLocker", harmless},
	{"sync.runtime_SemacquireRWMutex", locks}, {"sync.runtime_Semrelease", locks}, {"internal/sync.runtime_Semrelease", locks},
	{"sync.runtime_notifyList", locks}, {"sync.runtime_notifyListCheck", harmless}, {"internal/poll.runtime_Semrelease", locks},
	{"runtime.selectnb", briefly}, {"runtime.closechan", locks},
	{"sync.(*Mutex).Unlock", briefly}, {"internal/sync.(*Mutex).Unlock", briefly}, {"internal/sync.(*Mutex).unlock", briefly},
	{"sync.(*RWMutex).Unlock", briefly}, {"sync.(*RWMutex).RUnlock", briefly}, {"sync.(*RWMutex).rUnlock", briefly},
	{"runtime.lock2", locks}, {"runtime.lockWithRank", locks}, {"runtime.lock$", locks}, {"runtime.unlock$", harmless},
	{"runtime.unlock2", harmless}, {"runtime.unlockWithRank", harmless}, {"runtime.LockOSThread", harmless}, {"runtime.lockOSThread", harmless},

	// System calls.
	{"syscall.Syscall", system}, {"syscall.RawSyscall", system}, {"syscall.rawSyscall", system}, {"syscall.rawVfork", system},
	{"syscall.syscall", system}, {"syscall.runtime_", harmless}, {"runtime.entersyscall", system}, {"runtime.exitsyscall", harmless},
	{"internal/runtime/syscall", system}, {"golang.org/x/sys/unix.Syscall", system}, {"golang.org/x/sys/unix.RawSyscall", system},
	{"golang.org/x/sys/unix.syscall", system}, {"golang.org/x/sys/unix.SyscallNoError", system},
	{"runtime.write$", system}, {"runtime.write1", system}, {"runtime.read$", system}, {"runtime.open$", system}, {"runtime.closefd", system},
	{"runtime.mmap", system}, {"runtime.munmap", system}, {"runtime.madvise", system}, {"runtime.futex", system}, {"runtime.exit$", system},
	{"runtime.futexwakeup", harmless}, {"runtime.print", prints},

	// Goroutines, C, deferred calls, reflection.
	{"runtime.newproc", runsGo}, {"runtime.newcoro", runsGo}, {"runtime.cgocall", callsC}, {"runtime.asmcgocall", system},
	{"runtime.cgocallback", callsC}, {"runtime.cgoCheck", harmless}, {"runtime.cgoUse", harmless},
	{"runtime.deferproc", defers}, {"runtime.deferrangefunc", defers}, {"runtime.deferreturn", harmless}, {"runtime.gorecover", harmless},
	{"reflect.", reflects}, {"internal/reflectlite.", reflects}, {"runtime.reflectcall", reflects}, {"runtime.call1", reflects}, {"runtime.call2", reflects}, {"runtime.call3", reflects}, {"runtime.call4", reflects}, {"runtime.call5", reflects},
	{"runtime.call6", reflects}, {"runtime.call7", reflects}, {"runtime.call8", reflects}, {"runtime.call9", reflects},

	// What the compiler calls besides.
	{"runtime.morestack", harmless}, {"runtime.gcWriteBarrier", harmless}, {"gcWriteBarrier", harmless}, {"runtime.wbZero", harmless},
	{"runtime.wbMove", harmless}, {"runtime.bulkBarrierPreWrite", harmless}, {"runtime.typedmem", harmless},
	{"runtime.typedslicecopy", harmless}, {"runtime.reflect_typedmem", harmless}, {"runtime.memmove", harmless}, {"runtime.memclr", harmless},
	{"runtime.memequal", harmless}, {"runtime.memhash", harmless}, {"runtime.strhash", harmless}, {"runtime.interhash", harmless},
	{"runtime.nilinterhash", harmless}, {"runtime.f32", harmless}, {"runtime.f64", harmless}, {"runtime.c64", harmless},
	{"runtime.c128", harmless}, {"runtime.typehash", harmless}, {"runtime.strequal", harmless}, {"runtime.interequal", harmless},
	{"runtime.nilinterequal", harmless}, {"runtime.efaceeq", harmless}, {"runtime.ifaceeq", harmless}, {"runtime.cmpstring", harmless},
	{"runtime.slicecopy", harmless}, {"runtime.decoderune", harmless}, {"runtime.countrunes", harmless}, {"runtime.duff", harmless},
	{"runtime.assertE2I", harmless}, {"runtime.typeAssert", harmless}, {"runtime.interfaceSwitch", harmless},
	{"runtime.KeepAlive", harmless}, {"runtime.Callers$", harmless}, {"runtime.callers$", harmless}, {"runtime.(*Frames)", allocates}, {"runtime.rand", harmless}, {"runtime.cheaprand", harmless}, {"runtime.fastrand", harmless},
	{"runtime.nanotime", harmless}, {"runtime.walltime", harmless}, {"runtime.time_now", harmless}, {"runtime.procyield", harmless},
	{"runtime.publicationBarrier", harmless}, {"runtime.int64", harmless}, {"runtime.uint64", harmless}, {"runtime.uint32", harmless},
	{"runtime.float64", harmless}, {"runtime.complex128div", harmless}, {"runtime.race", harmless}, {"runtime.msan", harmless},
	{"runtime.asan", harmless}, {"runtime.checkptr", harmless}, {"runtime.libfuzzer", harmless}, {"runtime.addCovMeta", harmless},
	{"runtime.unsafeslice", harmless}, {"runtime.unsafestring", harmless},
	{"runtime.getcallersp", harmless}, {"runtime.cputicks", harmless}, {"runtime.freegc", harmless}, {"runtime.getclosureptr", harmless},
	{"type:.", harmless}, {"go:", harmless}, {"internal/bytealg.", harmless},
}

// ruleOf holds the rules by prefix.
var ruleOf = func() map[string]class {
	m := make(map[string]class, len(rules))
	for _, r := range rules {
		m[r.prefix] = r.class
	}
	return m
}()

// longest and shortest prefixes of rules.
var longest, shortest = func() (long, short int) {
	short = len(rules[0].prefix)
	for _, r := range rules {
		long, short = max(long, len(r.prefix)), min(short, len(r.prefix))
	}
	return long, short
}()

// classify returns what calling a function means, or false when its code must be
// examined for that.
func classify(name string) (class, bool) {
	if _, stub, ok := strings.Cut(name, "._Cfunc_"); ok {
		if strings.HasPrefix(stub, "GoString") || strings.HasPrefix(stub, "GoBytes") { // copies, without a call of C
			return allocates, true
		}
		return callsC, true
	}
	if c, ok := ruleOf[name+"$"]; ok {
		return c, true
	}
	for n := min(len(name), longest); n >= shortest; n-- {
		if c, ok := ruleOf[name[:n]]; ok {
			return c, true
		}
	}
	return harmless, false
}

// panicking reports whether a function of the runtime panics or ends the program.
func panicking(name string) bool {
	for _, prefix := range []string{
		"runtime.panic", "runtime.gopanic", "runtime.goPanic", "runtime.throw", "runtime.fatal", "runtime.sigpanic",
		"runtime.unreachableMethod", "log.Panic", "log.(*Logger).Panic",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// standard reports whether a package belongs to the standard library.
func standard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return standardRoots[first]
}

var standardRoots = func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(`archive arena bufio bytes cmp compress container context crypto database debug embed
		encoding errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path plugin
		reflect regexp runtime simd slices sort strconv strings structs sync syscall testing text time unicode unique unsafe
		vendor weak`) {
		m[name] = true
	}
	return m
}()
