package gpu

import "errors"

// The errors of this package wrap one of these; their own texts give the details.
var (
	// ErrBackendUnavailable: this build, this machine or this package does not have
	// the backend.
	ErrBackendUnavailable = errors.New("gpu: the backend is not available")
	// ErrClosed: the device, job, pool or kernel was closed.
	ErrClosed = errors.New("gpu: used after Close")
	// ErrSealed: a driver allocation after [Device.Seal]. A *SealedError names it.
	ErrSealed = errors.New("gpu: a driver allocation after Seal")
	// ErrOutOfMemory: the driver or a pool has no memory left.
	ErrOutOfMemory = errors.New("gpu: out of memory")
	// ErrBudget: the request exceeds a hard limit.
	ErrBudget = errors.New("gpu: the request exceeds a budget")
	// ErrTimeout: the device did not answer within the limit. The work runs on.
	ErrTimeout = errors.New("gpu: the device did not answer in time; go on without the answer, or set a longer limit")
	// ErrBusy: the job or the resident kernel has not yet finished what it was asked
	// before.
	ErrBusy = errors.New("gpu: the work submitted before has not finished; wait for it first")
	// ErrDeviceLost: the driver gave the device up. Open another.
	ErrDeviceLost = errors.New("gpu: the device is lost; close it and open another")
	// ErrNoResident: resident kernels do not work here. A *NoResidentError says why.
	ErrNoResident = errors.New("gpu: resident kernels do not work here")
	// ErrUsage: a buffer, queue or kernel is used for a purpose that it was not made
	// for.
	ErrUsage = errors.New("gpu: not made for this use")
	// ErrRange: an offset or size lies outside a buffer, or is no multiple of what
	// the device needs.
	ErrRange = errors.New("gpu: outside of the buffer, or not a multiple of what the device needs")
	// ErrStale: the buffer was freed, or never made.
	ErrStale = errors.New("gpu: the buffer was freed already, or never made")
	// ErrInUse: a recorded job or a live buffer still refers to it.
	ErrInUse = errors.New("gpu: still in use; close what refers to it first")
	// ErrInFlight: the device may be reading or writing this memory now.
	ErrInFlight = errors.New("gpu: the device may be using this memory now; wait for the job first")
	// ErrKernel: the code is no kernel that the backend can run.
	ErrKernel = errors.New("gpu: not a kernel that this backend can run")
	// ErrImport: the host's memory cannot be imported.
	ErrImport = errors.New("gpu: host memory cannot be imported")
	// ErrNotVisible: the CPU cannot reach this memory.
	ErrNotVisible = errors.New("gpu: the CPU does not reach this memory")
	// ErrOverwritten: a write went past the end of a buffer (debug builds).
	ErrOverwritten = errors.New("gpu: written outside of the buffer")
)
