#ifndef MEMKIT_WORK_H
#define MEMKIT_WORK_H

#include <stdint.h>

struct memkit_work {
	int64_t spend_ns; /* how long memkit_add works, where it is not released */
	int64_t done;     /* calls of memkit_add */
	int64_t thread;   /* that ran the last one */
	uint32_t released;      /* memkit_add and memkit_wait return when it is set */
};

void memkit_add(void *work);
void memkit_wait(void *work);

#endif
