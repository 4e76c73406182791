// The part of Vulkan that package vkhot calls. Handles that Vulkan declares as
// pointers or as 64-bit numbers are 64-bit numbers here.
#ifndef MEMKIT_VKHOT_H
#define MEMKIT_VKHOT_H

#include <stdint.h>

enum { VKHOT_TIMELINES = 4096, VKHOT_POINTS = 9 };

typedef struct vkhot_device vkhot_device;
typedef struct vkhot_job vkhot_job;

typedef struct { uint32_t timeline, pad; uint64_t value; } vkhot_point;
typedef struct { int32_t result; uint64_t value; } vkhot_value_result;

typedef struct {
	uint32_t api;        // version of the device
	uint32_t timeline;   // timeline semaphores
	uint64_t alignment;  // of imported host memory, 0 if not supported
} vkhot_properties;

// Set-up.
void *vkhot_open(void); // vkGetInstanceProcAddr, or NULL
void vkhot_query(void *instance, void *physical, int host_import, vkhot_properties *p);
vkhot_device *vkhot_new(void *instance, void *physical, void *device);
void vkhot_free(vkhot_device *d);

// Structures for the pNext chains of the binding, freed with vkhot_chain_free.
void *vkhot_chain_features(void);
void *vkhot_chain_timeline(void);
void *vkhot_chain_import(void *host);
void *vkhot_chain_external(void);
void vkhot_chain_free(void *chain);

// Messages of the validation layer.
void *vkhot_create_messenger(void *instance);
void vkhot_destroy_messenger(void *instance, void *messenger);
uint64_t vkhot_message_count(void);
int vkhot_message(uint64_t i, char *text, int size);
void vkhot_forget_messages(void);

uint32_t vkhot_host_types(vkhot_device *d, void *host);
int32_t vkhot_budget(vkhot_device *d, uint64_t *budget, uint64_t *usage);

// Timelines are numbered from 1.
void vkhot_set_timeline(vkhot_device *d, uint32_t timeline, uint64_t semaphore);
vkhot_value_result vkhot_value(vkhot_device *d, uint32_t timeline);
int32_t vkhot_spin(vkhot_device *d, uint32_t timeline, uint64_t value, int64_t limit);
int32_t vkhot_wait(vkhot_device *d, uint32_t timeline, uint64_t value, int64_t limit);

int32_t vkhot_flush(vkhot_device *d, uint64_t memory, uint64_t offset, uint64_t size);
int32_t vkhot_invalidate(vkhot_device *d, uint64_t memory, uint64_t offset, uint64_t size);

// Jobs.
vkhot_job *vkhot_job_new(vkhot_device *d, void *queue, void *commands);
void vkhot_job_free(vkhot_job *j);
int32_t vkhot_begin(vkhot_job *j);
void vkhot_barrier(vkhot_job *j, int host);
void vkhot_copy(vkhot_job *j, uint64_t from, uint64_t from_offset, uint64_t to, uint64_t to_offset, uint64_t size);
void vkhot_dispatch(vkhot_job *j, uint64_t pipeline, uint64_t layout, uint64_t set, const void *constants, uint32_t constant_size, uint32_t x, uint32_t y, uint32_t z);
int32_t vkhot_end(vkhot_job *j);
int32_t vkhot_submit(vkhot_job *j, const vkhot_point *waits, uint32_t nwaits, const vkhot_point *signals, uint32_t nsignals);

// The same work without Go, as a reference for measurements.
int32_t vkhot_loop_submit(vkhot_job *j, uint32_t timeline, uint64_t value, int n, int64_t period, int64_t *ns);
int32_t vkhot_loop_ring(volatile uint32_t *door, volatile uint32_t *answers, int groups, int silent, uint32_t number, int n, int64_t period, int64_t *ns);

enum {
	VKHOT_TIMEOUT = 2, // VK_TIMEOUT
};
#endif
