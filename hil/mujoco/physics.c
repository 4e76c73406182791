//go:build cgo && mujoco && linux

#include "physics.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In Go. They return before MuJoCo reports an error, so that no jump crosses them. */
extern uintptr_t memkitMujocoAllocate(size_t n);
extern void memkitMujocoFree(void *p);

/* A guard is the C function that has called the engine and to which an error of the
 * engine returns. */
struct guard {
	jmp_buf back;
	struct guard *outer;
	char text[256];
};

static _Thread_local struct guard *guard;

static void (*previous_error)(const char *);
static void (*previous_warning)(const char *);
static void *(*previous_malloc)(size_t);
static void (*previous_free)(void *);

static void *allocate(size_t n) { return (void *)memkitMujocoAllocate(n); }

/* failed is MuJoCo's error handler, which must not return. A call of MuJoCo that is
 * not ours has no guard, and ends as it does without us. */
static void failed(const char *text) {
	if (guard != NULL) {
		snprintf(guard->text, sizeof guard->text, "%s", text);
		longjmp(guard->back, 1);
	}
	if (previous_error != NULL)
		previous_error(text);
	fprintf(stderr, "mujoco: %s\n", text);
	exit(1);
}

/* warned keeps MuJoCo from writing a file; mjData counts the warnings. */
static void warned(const char *text) { (void)text; }

void memkit_physics_install(void) {
	previous_error = mju_user_error;
	previous_warning = mju_user_warning;
	previous_malloc = mju_user_malloc;
	previous_free = mju_user_free;
	mju_user_error = failed;
	mju_user_warning = warned;
	mju_user_malloc = allocate;
	mju_user_free = memkitMujocoFree;
}

void memkit_physics_uninstall(void) {
	mju_user_error = previous_error;
	mju_user_warning = previous_warning;
	mju_user_malloc = previous_malloc;
	mju_user_free = previous_free;
}

/* outputs finds where each output is. Positions and velocities of joints are those at
 * the end of a step; MuJoCo's own copies are from its beginning. */
static int outputs(struct memkit_physics *p) {
	const mjModel *m = p->model;
	p->source = calloc(m->nsensordata + 1, sizeof *p->source);
	p->address = calloc(m->nsensordata + 1, sizeof *p->address);
	if (p->source == NULL || p->address == NULL)
		return 0;
	for (int i = 0; i < m->nsensordata; i++)
		p->address[i] = i;
	for (int s = 0; s < m->nsensor; s++) {
		int type = m->sensor_type[s], at = m->sensor_adr[s];
		if (m->sensor_cutoff[s] > 0)
			continue;
		if (type == mjSENS_JOINTPOS) {
			p->source[at] = MEMKIT_POSITION;
			p->address[at] = m->jnt_qposadr[m->sensor_objid[s]];
		}
		if (type == mjSENS_JOINTVEL) {
			p->source[at] = MEMKIT_VELOCITY;
			p->address[at] = m->jnt_dofadr[m->sensor_objid[s]];
		}
	}
	return 1;
}

static int load(struct memkit_physics *p, const char *path, const void *xml, int n, mjVFS *vfs, const char *keyframe, char *text, int size) {
	if (xml != NULL) {
		path = "model.xml";
		mj_defaultVFS(vfs);
		if (mj_makeEmptyFileVFS(vfs, path, n) != 0) {
			snprintf(text, size, "the model is too large");
			return 0;
		}
		memcpy(vfs->filedata[0], xml, n);
	}
	p->model = mj_loadXML(path, xml != NULL ? vfs : NULL, text, size);
	if (xml != NULL)
		mj_deleteVFS(vfs);
	if (p->model == NULL)
		return 0;
	p->data = mj_makeData(p->model);
	p->u = calloc(p->model->nu + 1, sizeof *p->u);
	p->y = calloc(p->model->nsensordata + 1, sizeof *p->y);
	if (p->data == NULL || p->u == NULL || p->y == NULL || !outputs(p)) {
		snprintf(text, size, "out of memory");
		return 0;
	}
	if (keyframe != NULL) {
		int key = mj_name2id(p->model, mjOBJ_KEY, keyframe);
		if (key < 0) {
			snprintf(text, size, "there is no keyframe %s", keyframe);
			return 0;
		}
		mj_resetDataKeyframe(p->model, p->data, key);
	}
	mj_forward(p->model, p->data);
	return 1;
}

/* discard frees what belongs to the C library. */
static void discard(struct memkit_physics *p) {
	free(p->u);
	free(p->y);
	free(p->source);
	free(p->address);
	free(p);
}

struct memkit_physics *memkit_physics_load(const char *path, const void *xml, int n, const char *keyframe, char *text, int size) {
	struct memkit_physics *p = calloc(1, sizeof *p);
	mjVFS *vfs = xml != NULL ? malloc(sizeof *vfs) : NULL; /* 2 MB of names */
	volatile int ok = 0;
	text[0] = 0;
	if (p == NULL || (xml != NULL && vfs == NULL)) {
		snprintf(text, size, "out of memory");
		free(p);
		free(vfs);
		return NULL;
	}
	struct guard g = {.outer = guard};
	guard = &g;
	if (_setjmp(g.back) == 0)
		ok = load(p, path, xml, n, vfs, keyframe, text, size);
	else
		snprintf(text, size, "%s", g.text);
	guard = g.outer;
	free(vfs);
	if (ok)
		return p;
	discard(p);
	return NULL;
}

void memkit_physics_free(struct memkit_physics *p) {
	mj_deleteData(p->data);
	mj_deleteModel(p->model);
	discard(p);
}

/* outcome reads the warnings that mean that the result is not to be used. */
static int outcome(struct memkit_physics *p) {
	const mjWarningStat *w = p->data->warning;
	for (int i = mjWARN_BADQPOS; i <= mjWARN_BADCTRL; i++)
		if (w[i].number != 0) {
			p->warning = i;
			return MEMKIT_BAD;
		}
	for (int i = mjWARN_CONTACTFULL; i <= mjWARN_CNSTRFULL; i++)
		if (w[i].number != 0) {
			p->warning = i;
			return MEMKIT_FULL;
		}
	return MEMKIT_DONE;
}

/* engine_failed keeps what an error says. The stack of the data is where the jump
 * left it. */
static void engine_failed(struct memkit_physics *p, const struct guard *g) {
	p->data->pstack = 0;
	p->outcome = MEMKIT_ERROR;
	memcpy(p->text, g->text, sizeof p->text);
}

void memkit_physics_step(void *physics) {
	struct memkit_physics *p = physics;
	struct guard g;
	g.outer = guard;
	guard = &g;
	if (_setjmp(g.back) == 0) {
		memcpy(p->data->ctrl, p->u, p->model->nu * sizeof *p->u);
		for (int i = 0; i < p->substeps; i++)
			mj_step(p->model, p->data);
		if (p->substeps == 0)
			mj_forward(p->model, p->data);
		p->outcome = outcome(p);
	} else {
		engine_failed(p, &g);
	}
	guard = g.outer;
	if (p->outcome != MEMKIT_DONE)
		return;
	const double *from[] = {p->data->sensordata, p->data->qpos, p->data->qvel};
	for (int i = 0; i < p->model->nsensordata; i++)
		p->y[i] = from[p->source[i]][p->address[i]];
}

void memkit_physics_reset(struct memkit_physics *p) {
	struct guard g;
	g.outer = guard;
	guard = &g;
	p->outcome = MEMKIT_DONE;
	if (_setjmp(g.back) == 0)
		mj_resetData(p->model, p->data);
	else
		engine_failed(p, &g);
	guard = g.outer;
}
