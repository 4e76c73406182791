package mujoco

import "errors"

// Errors of an engine and its plants.
var (
	// ErrNotBuilt: this build has no MuJoCo.
	ErrNotBuilt = errors.New("mujoco: not in this build; install libmujoco-dev 2.2.2 and gcc (apt-get install libmujoco-dev gcc) and build with -tags mujoco on Linux")
	// ErrVersion: the library is another one than the package was written for.
	ErrVersion = errors.New("mujoco: the library is not version 2.2.2; install Debian's libmujoco-dev 2.2.2")
	// ErrOpen: MuJoCo's hooks are those of the process, so there is one engine.
	ErrOpen = errors.New("mujoco: the process has an engine already; share it, or close it")
	// ErrInUse: plants of the engine are not closed.
	ErrInUse = errors.New("mujoco: plants of the engine are not closed; close them first")
	// ErrClosed: the engine or the plant is closed.
	ErrClosed = errors.New("mujoco: closed")
	// ErrMemory: the engine's heap has no room.
	ErrMemory = errors.New("mujoco: the heap is exhausted; raise Config.Memory")
	// ErrModel: MuJoCo does not take the model.
	ErrModel = errors.New("mujoco: the model is refused")
	// ErrEngine: MuJoCo reported an error in a step, such as a stack that is too small.
	ErrEngine = errors.New("mujoco: the engine failed")
	// ErrFull: the step had more contacts or constraints than the model has room for.
	// MuJoCo leaves the others out, and bodies pass through each other.
	ErrFull = errors.New("mujoco: too many contacts or constraints; raise nconmax and njmax in the model's <size>")
	// ErrState: the bytes are not the state of this model.
	ErrState = errors.New("mujoco: not a state of this model; pass what Save wrote")
	// ErrBroken: an earlier step failed.
	ErrBroken = errors.New("mujoco: an earlier step failed; Restore a state first")
)
