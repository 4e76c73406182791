// Package mujoco makes the bodies of MuJoCo, a physics engine, the plant of a rig, with
// memkit as the engine's allocator.
//
//	engine, err := mujoco.Open(mujoco.Config{})
//	defer engine.Close()
//	plant, err := engine.Load(mujoco.PlantConfig{XML: cartpole})
//	defer plant.Close()
//	rig, err := hil.New(hil.Config{Plant: plant, Sensors: plant.Sensors(), Actuators: plant.Actuators(), …})
//
// It needs MuJoCo 2.2.2 (Debian's libmujoco-dev), cgo, Linux and the build tag mujoco.
// Without them it builds, and [Open] returns [ErrNotBuilt], which names the parts.
//
// # Memory
//
// All that MuJoCo allocates by its own allocator comes from one rt/tlsf heap of fixed
// size: the compiled model, and the data of its simulation, 8 or 9 blocks a plant. Steps
// allocate nothing. The XML parser uses the C library's heap as well, about 1,100
// blocks: load before real time starts. A call that finds the heap or the model's
// stack too small returns an error, and the process does not end: MuJoCo's error
// handler jumps back to the C function that called the engine, past C frames alone. Contacts are copied into the memory of a core frame.
//
// # Threads
//
// Open, Load, and the Close of both, belong to one goroutine; a plant's Step to that of
// its rig. In lock-step a step is one cgo call. A pinned real-time loop must not make
// one: there PlantConfig.Thread runs the step on an rt/cthread.
package mujoco
