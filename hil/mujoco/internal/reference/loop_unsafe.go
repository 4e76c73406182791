//go:build cgo && mujoco && linux

package reference

// #cgo LDFLAGS: -lmujoco
// #include <mujoco/mujoco.h>
// #include <stdlib.h>
//
// // balance steps a cart-pole under the law of the benchmark, and takes the outputs.
// static void balance(const mjModel *m, mjData *d, int n, double *y) {
// 	for (int i = 0; i < n; i++) {
// 		y[0] = d->qpos[0];
// 		y[1] = d->qvel[0];
// 		y[2] = d->qpos[1];
// 		y[3] = d->qvel[1];
// 		d->ctrl[0] = y[0] + 2 * y[1] + 40 * y[2] + 6 * y[3];
// 		mj_step(m, d);
// 	}
// }
import "C"

import (
	"errors"
	"unsafe"
)

// Cartpole is a loaded model. Its engine's allocator is whichever is installed.
type Cartpole struct {
	model *C.mjModel
	data  *C.mjData
	y     [4]C.double
}

// Load loads the model's file and tilts the pole.
func Load(path string) (*Cartpole, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var text [1000]C.char
	m := C.mj_loadXML(name, nil, &text[0], C.int(len(text)))
	if m == nil {
		return nil, errors.New("reference: " + C.GoString(&text[0]))
	}
	c := &Cartpole{model: m, data: C.mj_makeData(m)}
	C.mj_resetDataKeyframe(m, c.data, 0)
	return c, nil
}

// Run does n steps under the benchmark's control law.
func (c *Cartpole) Run(n int) { C.balance(c.model, c.data, C.int(n), &c.y[0]) }

// Angle is the pole's.
func (c *Cartpole) Angle() float64 {
	return unsafe.Slice((*float64)(unsafe.Pointer(c.data.qpos)), 2)[1]
}

// Close frees the model.
func (c *Cartpole) Close() {
	C.mj_deleteData(c.data)
	C.mj_deleteModel(c.model)
}
