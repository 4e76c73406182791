#ifndef MEMKIT_HIL_PHYSICS_H
#define MEMKIT_HIL_PHYSICS_H

#include <mujoco/mujoco.h>
#include <stdint.h>

#if mjVERSION_HEADER != 222
#error "hil/mujoco is written for MuJoCo 2.2.2: apt-get install libmujoco-dev"
#endif

enum memkit_outcome {
	MEMKIT_DONE,
	MEMKIT_ERROR, /* of the engine: text says which */
	MEMKIT_BAD,   /* a number that is not finite, or huge */
	MEMKIT_FULL   /* contacts or constraints left out */
};

/* Where an output is taken from. */
enum memkit_source { MEMKIT_SENSOR, MEMKIT_POSITION, MEMKIT_VELOCITY };

/* memkit_physics is one simulation, in memory of the C library. */
struct memkit_physics {
	mjModel *model;
	mjData *data;
	double *u, *y; /* of a step: nu controls, nsensordata outputs */
	int *source, *address;
	int substeps; /* of the next step; 0 computes the outputs alone */
	int outcome;  /* of the last call */
	int warning;  /* its mjtWarning, with MEMKIT_BAD and MEMKIT_FULL */
	char text[256];
};

/* memkit_physics_install makes the calling program's allocator MuJoCo's, and its
 * errors ours; memkit_physics_uninstall undoes it. */
void memkit_physics_install(void);
void memkit_physics_uninstall(void);

/* memkit_physics_load compiles a model: the file at path, or the n bytes of xml when
 * they are given. On failure it returns null and writes to text. The blocks that the
 * allocator then still has out are lost to MuJoCo. */
struct memkit_physics *memkit_physics_load(const char *path, const void *xml, int n, const char *keyframe, char *text, int size);
void memkit_physics_free(struct memkit_physics *p);

/* memkit_physics_step is void f(void *): it takes u and writes y. */
void memkit_physics_step(void *physics);

/* memkit_physics_reset puts the simulation in the model's first state. */
void memkit_physics_reset(struct memkit_physics *p);

#endif
