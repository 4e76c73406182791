package imports // want package:"memlense summaries"

import "dep"

//rt:nonblocking
//rt:nonallocating
func waits() {
	dep.Wait() // want `ML602: dep.Wait blocks: time.Sleep blocks`
}

//rt:nonblocking
//rt:nonallocating
func fast() {
	dep.Fast()
	dep.Setup()
}

var counter int

//rt:nonblocking
//rt:nonallocating
func applies(x int) int {
	return dep.Apply(func(x int) int { return x + 1 }, x) + dep.Through(twice, x)
}

func twice(x int) int { return 2 * x }

func slow(x int) int {
	dep.Wait() // want `ML602`
	return x
}

//rt:nonblocking
func appliesSlow(x int) int { return dep.Through(slow, x) }

//rt:nonblocking
func appliesUnknown(f func(int) int) int { return dep.Apply(f, 1) } // want `ML610`

//rt:nonallocating
func fills() int {
	var a [8]int
	dep.Fill(&a)
	return a[1]
}

//rt:nonallocating
func keeps() {
	var a [8]int // want `ML601: the variable a is allocated`
	dep.Keep(&a)
}

//rt:nonblocking
//rt:nonallocating
func steps(s dep.Step) { s() }

func plain() {} // want `ML614: imports.plain becomes a dep.Step`

var step dep.Step = plain

//rt:nonblocking
func reads(d dep.Device, b []byte) int {
	d.Close() // want `ML610: the method dep.Device.Close of an interface is called`
	return d.Read(b)
}

//rt:nonblocking
//rt:nonallocating
func halfContract(d dep.Device) {
	d.Read(nil) // want `ML601: the call of dep.Device.Read goes through a type that is not nonallocating`
}

type file struct{}

func (file) Read(p []byte) int { return 0 } // want `ML614: imports.file.Read implements dep.Device.Read, which is nonblocking`
func (file) Close()            {}

func devices() dep.Device { return file{} }

//rt:nonallocating
func generic(l *dep.List[int]) int {
	l.Add(1) // want `ML601: dep.List.Add allocates: append may grow the slice`
	return l.Len()
}
